/** Raw HTTP that no client library would send: writes bytes to a socket and reads until the server closes it. */
import { once } from 'node:events';
import net from 'node:net';

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends the text and reads until the server closes the connection. */
export async function exchange(port: number, text: string | Buffer): Promise<RawAnswer> {
  const socket = await connect(port);
  socket.write(text);
  return await readToEnd(socket);
}

export async function readToEnd(socket: net.Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return parse(Buffer.concat(chunks).toString());
}

/**
 * Sends requests without bodies (`GET /path`) on one connection, 200 at a time without waiting for answers; resolves
 * with the number of answers.
 */
export async function pipeline(port: number, requests: readonly string[]): Promise<number> {
  const socket = await connect(port);
  let answers = 0;
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1');
    answers += text.split('HTTP/1.1 ').length - 1;
    rest = text.slice(-('HTTP/1.1 '.length - 1));
  });
  for (let sent = 0; sent < requests.length; ) {
    const batch = requests.slice(sent, sent + 200);
    socket.write(batch.map((request) => `${request} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    sent += batch.length;
    while (answers < sent) await once(socket, 'data');
  }
  socket.destroy();
  return answers;
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers: Object.fromEntries(
      lines.map((line) => {
        const [name = '', ...value] = line.split(':');
        return [name.toLowerCase(), value.join(':').trim()];
      }),
    ),
    body: rest.join('\r\n\r\n'),
  };
}
