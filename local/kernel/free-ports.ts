import getPort from 'get-port';

/**
 * `count` free ports of 127.0.0.1. A port is not returned twice within half a minute, in which its process can listen.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await getPort({ host: '127.0.0.1' }));
  return ports;
}

/** One free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  return getPort({ host: '127.0.0.1' });
}
