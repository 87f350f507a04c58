import { request } from 'node:http';

/** An unsigned GET of this path identifies a local cloud, so that a second one can tell it from other servers. */
export const identityPath = '/_local/identity';
export const identityName = 'grafana-observability-local-cloud';

/** An error message when a local cloud already answers on this port of 127.0.0.1, undefined otherwise. */
export async function alreadyRunning(port: number): Promise<string | undefined> {
  const identity = await readIdentity(port);
  if (identity?.name !== identityName) return undefined;
  return (
    `A local cloud is already running on port ${port} (process ${identity.pid}). ` +
    'Use it from this terminal, stop it with Ctrl-C in its own, or set LOCAL_PORT and the other LOCAL_*_PORT variables to start a second one.'
  );
}

function readIdentity(port: number): Promise<{ readonly name?: unknown; readonly pid?: unknown } | undefined> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: identityPath, timeout: 2000 }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        if (Buffer.concat(pieces).length > 4096) call.destroy();
      });
      response.on('close', () => {
        try {
          resolve(JSON.parse(Buffer.concat(pieces).toString()));
        } catch {
          resolve(undefined);
        }
      });
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(undefined));
    call.end();
  });
}
