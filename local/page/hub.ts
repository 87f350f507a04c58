import type { ServerResponse } from 'node:http';

export interface Hub {
  /** Sends what the page shows now, then every change, until the browser goes away. */
  attach(response: ServerResponse): void;
}

/** How often the page looks for changes while somebody watches, and how often it says that it is still there, ms. */
const interval = 500;
const heartbeat = 15_000;

/**
 * Sends sections to the browsers that watch, as server-sent events: one event a section whose HTML changed. Nothing is computed while
 * nobody watches.
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

/** A browser that reads too slowly is left out until it has caught up: nothing piles up for it. */
function send(response: ServerResponse, sent: Map<string, string>, sections: ReadonlyMap<string, string>): void {
  if (response.writableNeedDrain) return;
  for (const [id, html] of sections) {
    if (sent.get(id) === html) continue;
    sent.set(id, html);
    response.write(`event: section\ndata: ${JSON.stringify({ id, html })}\n\n`);
  }
}
