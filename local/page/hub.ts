import type { ServerResponse } from 'node:http';

export interface Hub {
  /** Sends the page's current state and then every change, until the browser disconnects. */
  attach(response: ServerResponse): void;
}

/** Milliseconds between checks for changes while a browser is connected, and between keep-alive messages. */
const interval = 500;
const heartbeat = 15_000;

/**
 * Sends sections to connected browsers as server-sent events, one event for each section whose HTML changed. Computes
 * nothing while no browser is connected.
 */
export function createHub(read: () => Promise<ReadonlyMap<string, string>>, closing: AbortSignal): Hub {
  const clients = new Map<ServerResponse, Map<string, string>>();
  let isReading = false;
  let timer: NodeJS.Timeout | undefined;

  const tick = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    try {
      const sections = await read();
      for (const [response, sent] of clients) send(response, sent, sections);
    } finally {
      isReading = false;
    }
  };
  const start = (): void => {
    timer ??= setInterval(() => void tick().catch(() => undefined), interval).unref();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  closing.addEventListener('abort', () => {
    stop();
    for (const response of clients.keys()) response.end();
  });

  return {
    attach(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      const beat = setInterval(() => response.write(': still here\n\n'), heartbeat).unref();
      clients.set(response, new Map());
      response.once('close', () => {
        clearInterval(beat);
        clients.delete(response);
        if (clients.size === 0) stop();
      });
      start();
      void tick().catch(() => undefined);
    },
  };
}

/** Skips a browser that reads too slowly until it has caught up, so that no unsent data builds up. */
function send(response: ServerResponse, sent: Map<string, string>, sections: ReadonlyMap<string, string>): void {
  if (response.writableNeedDrain) return;
  for (const [id, html] of sections) {
    if (sent.get(id) === html) continue;
    sent.set(id, html);
    response.write(`event: section\ndata: ${JSON.stringify({ id, html })}\n\n`);
  }
}
