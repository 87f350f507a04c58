import { createServer } from 'node:net';

/** Ports returned recently. The operating system may offer a port again before its process listens. */
const recent = new Set<number>();
const REMEMBERED = 500;

/** `count` free ports of 127.0.0.1. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await offeredPort();
    if (recent.has(port)) continue;
    recent.add(port);
    if (recent.size > REMEMBERED) for (const oldest of [...recent].slice(0, 1)) recent.delete(oldest);
    ports.push(port);
  }
  return ports;
}

/** One free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('The system offered no free port of 127.0.0.1.');
  return port;
}

function offeredPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string')
          reject(new Error('The system offered no free port of 127.0.0.1.'));
        else resolve(address.port);
      });
    });
  });
}
