import type { Amg } from './workspace';

/**
 * Deletes all tokens of the service account, which only the setup uses (aws-facts: amg-token-quota). Returns their
 * number.
 */
export async function sweepTokens(amg: Amg, workspaceId: string, serviceAccountId: string): Promise<number> {
  const tokens = await amg.tokens(workspaceId, serviceAccountId);
  for (const token of tokens) await amg.deleteToken(workspaceId, serviceAccountId, token.id);
  return tokens.length;
}
