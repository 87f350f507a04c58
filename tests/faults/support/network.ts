import { connect, createServer as createTcpServer, type Socket } from 'node:net';

/**
 * A TCP proxy that delays every chunk, or resets every nth connection at its first chunk. With `keepAlive: false` it
 * closes connections that are briefly idle, so that a caller with keep-alive has to open new ones.
 */
export async function startNetwork(
  url: string,
  {
    delay = 0,
    cutEvery = 0,
    keepAlive = true,
  }: { readonly delay?: number; readonly cutEvery?: number; readonly keepAlive?: boolean },
) {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((near) => {
    const cut = cutEvery > 0 && ++count % cutEvery === 0;
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (data: Buffer) => {
        if (cut) return void from.destroy();
        setTimeout(() => to.writable && to.write(data), delay);
        if (!keepAlive && to === near) setTimeout(() => near.end(), delay + 20);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
