/**
 * Reads the heap of another Node process through its inspector. Start that process with `--inspect=127.0.0.1:0` in
 * NODE_OPTIONS.
 */
export interface Heap {
  /** Bytes in use after a full collection. */
  used(): Promise<number>;
  close(): void;
}

/** `stderr` is the process's output so far. Node prints the inspector's address there. */
export async function heapOf(stderr: readonly string[]): Promise<Heap> {
  const url = /ws:\/\/\S+/.exec(stderr.join(''))?.[0];
  if (url === undefined) throw new Error(`No inspector listens: ${stderr.join('').slice(0, 300)}`);
  const socket = new WebSocket(url);
  const waiting = new Map<number, (result: { readonly usedSize?: number }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result = {} } = JSON.parse(String(data)) as { id: number; result?: { usedSize?: number } };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`${url} does not answer.`)));
  });
  let calls = 0;
  const call = (method: string) =>
    new Promise<{ readonly usedSize?: number }>((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      socket.send(JSON.stringify({ id: calls, method }));
    });
  return {
    async used() {
      await call('HeapProfiler.collectGarbage');
      const { usedSize } = await call('Runtime.getHeapUsage');
      if (usedSize === undefined) throw new Error('The inspector gave no size of the heap.');
      return usedSize;
    },
    close: () => socket.close(),
  };
}
