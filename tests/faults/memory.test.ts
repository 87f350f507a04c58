import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from '../helpers/raw-http';
import { AS_DEPLOYED, post, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import { deployedMemory, type ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import type { ExpectedFault } from './expected/fault';
import { tryFault } from './support/try-fault';

/** Of a task's 512 MB the sidecar has 128. */
const MOST_MB = 384;
const MB = 2 ** 20;

jest.setTimeout(300_000);

let fixture: ServiceFixture;
beforeEach(async () => {
  fixture = await startFixture({ ...AS_DEPLOYED, MAX_BODY_BYTES: undefined, ...deployedMemory });
});
afterEach(() => fixture.close());

interface Attack {
  readonly fault: ExpectedFault;
  /** Resolves when the service holds the maximum, with its responses so far. */
  readonly run: (service: ServiceProcess) => Promise<readonly Answered[]>;
}
interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
}

const attacks: readonly Attack[] = [
  { fault: dataPlane.unreadAnswers, run: askAndReadNothing },
  { fault: dataPlane.largeBodies, run: sendLargeBodies },
  { fault: dataPlane.smallChunks, run: sendSmallChunks },
  { fault: dataPlane.endlessErrors, run: meetEndlessErrors },
  { fault: dataPlane.heldHeads, run: holdHeads },
];

it.each(attacks)('$fault.id', ({ fault, run }) =>
  tryFault(fault, async (note) => {
    const { service } = fixture;
    const before = memory(service, 'VmRSS');
    const answered = await run(service);
    const most = memory(service, 'VmHWM');
    for (const socket of sockets.splice(0)) socket.destroy();
    fixture.s3.reset();
    while ((await series(service, 'http_requests_in_flight')) > 0) await pause();
    const [health, stored] = [await fetch(`${service.url}/health`), await post(service, '{"key":"after"}')];
    const statuses = Object.entries(Object.groupBy(answered, ({ status }) => status)).map(
      ([status, of]) => `${of?.length} × ${status}`,
    );
    note(
      `${before.toFixed(0)} MB resident before, ${most.toFixed(0)} MB at most${statuses.map((text) => `, ${text}`).join('')}`,
    );
    return [
      ...(most <= MOST_MB ? [] : [`${most.toFixed(0)} MB were resident`]),
      ...answered
        .filter(({ status, retryAfter }) => status === 503 && retryAfter === null)
        .map(() => '503 without Retry-After'),
      ...answered
        .filter(({ status }) => ![201, 408, 503, 504].includes(status))
        .map(({ status }) => `answered ${status}`),
      ...(health.status === 200 ? [] : [`/health answered ${health.status}`]),
      ...(stored.status === 201 ? [] : [`the POST afterwards was answered ${stored.status}`]),
    ];
  }),
);

const sockets: Socket[] = [];

/** Eight on each connection: the kernel buffers the first few. */
async function askAndReadNothing(service: ServiceProcess): Promise<readonly Answered[]> {
  const body = Buffer.alloc(MB, ' ');
  body.write('{"key":"large","text":"');
  body.write('"}', MB - 2);
  fixture.s3.objects.set('data/large', { body, contentType: 'application/json' });
  for (let index = 0; index < 256; index += 1) {
    const socket = await connect(service.port);
    socket.pause();
    socket.write('GET /data/large HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(8));
    sockets.push(socket);
  }
  // One more is refused: the service holds its limit.
  for (;;) {
    const response = await fetch(`${service.url}/data/large`);
    if (response.status === 503) return [{ status: 503, retryAfter: response.headers.get('retry-after') }];
    await response.arrayBuffer();
  }
}

/** A third of a million empty objects: parsed, they need many times the memory of their text. */
function sendLargeBodies(service: ServiceProcess): Promise<readonly Answered[]> {
  const body = `{"key":"large","list":[${'{},'.repeat(340_000)}{}]}`;
  return Promise.all(Array.from({ length: 256 }, () => post(service, body).then(answered)));
}

async function sendSmallChunks(service: ServiceProcess): Promise<readonly Answered[]> {
  const body = `{"key":"chunks","text":"${'x'.repeat(MB - 64)}"}`;
  const chunks = Buffer.from(`${body.replaceAll(/./gs, (byte) => `1\r\n${byte}\r\n`)}0\r\n\r\n`);
  return await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = await connect(service.port);
      sockets.push(socket);
      socket.write(
        'POST /data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      const answer = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())));
      socket.write(chunks);
      const head = await answer;
      return { status: Number(head.slice(9, 12)), retryAfter: /^retry-after: (.*)$/im.exec(head)?.[1] ?? null };
    }),
  );
}

async function meetEndlessErrors(service: ServiceProcess): Promise<readonly Answered[]> {
  fixture.s3.fault = () => ({ kind: 'answer', status: 500, body: 'x'.repeat(65_536), goesOn: 'endless' });
  return await Promise.all(Array.from({ length: 64 }, () => fetch(`${service.url}/data/any`).then(answered)));
}

async function holdHeads(service: ServiceProcess): Promise<readonly Answered[]> {
  for (let index = 0; index < 2_000; index += 1) {
    const socket = await connect(service.port);
    socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(15_000)}`);
    sockets.push(socket);
  }
  return [];
}

async function answered(response: Response): Promise<Answered> {
  await response.arrayBuffer();
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
}

function memory({ child }: ServiceProcess, line: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
