import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock';
import type { GrafanaSession } from '../domain/grafana';
import { TOKEN_PREFIX } from '../domain/naming';
import type { Amg } from '../domain/workspace';
import { connectGrafana } from './grafana-http';

/**
 * Short, so that a killed function's token expires soon. ExportContent may run longer: after a 401 it mints a new one.
 */
const SECONDS_TO_LIVE = 600;

/**
 * Gives `work` a Grafana client with a token of its own. The token is minted on first use, kept in memory only, and
 * deleted when `work` ends, also after an error.
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
      // One after the other: AMG allows one such request per second.
      for (const id of minted) await amg.deleteToken(workspaceId, serviceAccountId, id);
    }
  };
}
