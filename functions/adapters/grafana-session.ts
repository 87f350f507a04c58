import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock';
import type { GrafanaSession } from '../domain/grafana';
import { TOKEN_PREFIX } from '../domain/naming';
import type { Amg } from '../domain/workspace';
import { connectGrafana } from './grafana-http';

/** Longer than any function here runs, short enough that a token of a killed one is soon worthless. */
const SECONDS_TO_LIVE = 600;

/**
 * Lends a Grafana client with a token of its own: minted on first use, in memory only, deleted when `work` has ended in
 * whatever way.
 */
export function grafanaSessions(amg: Amg, clock: Clock): GrafanaSession {
  return async (access, purpose, work) => {
    const { workspaceId, serviceAccountId } = access;
    const minted: string[] = [];
    let key: Promise<string> | undefined;
    const mint = async (): Promise<string> => {
      const name = `${TOKEN_PREFIX}${purpose}-${randomUUID().slice(0, 8)}`;
      const token = await amg.mintToken(workspaceId, serviceAccountId, name, SECONDS_TO_LIVE);
      minted.push(token.id);
      return token.key;
    };
    const current = () => {
      key ??= mint();
      return key;
    };
    const renew = () => {
      key = mint();
      return key;
    };
    try {
      return await work(connectGrafana(access.endpoint, clock, { current, renew }));
    } finally {
      // One after the other: AMG takes one of these a second.
      for (const id of minted) await amg.deleteToken(workspaceId, serviceAccountId, id);
    }
  };
}
