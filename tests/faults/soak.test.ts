import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { testService } from '../../functions/tester/tester';
import { findFreePorts } from '../../local/cli/ports';
import { heapOf } from '../helpers/heap';
import { AS_DEPLOYED, startFixture } from '../helpers/service-fixture';
import { deployedNodeOptions } from '../helpers/service-process';
import { loads } from './expected/load';
import { leaked } from './support/leaked';
import { growth } from './support/slope';
import { tryFault } from './support/try-fault';

/** An hour's worth of tester runs in a short time: the heap's slope with its noise, and what stays open. */
const inspected = '--inspect=127.0.0.1:0';
const root = resolve(__dirname, '..', '..');
/** Half a minute is usual. A busy machine may take many times that; only a hang fails. */
const ENDS = 1_800_000;

it(
  loads.hourOfService.id,
  () =>
    tryFault(loads.hourOfService, async (note) => {
      const fixture = await startFixture(AS_DEPLOYED);
      try {
        const service = await fixture.another({ NODE_OPTIONS: `${deployedNodeOptions} ${inspected}` });
        const heap = await heapOf(service.stderr);
        const samples: Sample[] = [];
        for (let run = 0; run < 180; run++) {
          await testService(
            { run: `soak-${run}` },
            {
              serviceUrl: service.url,
              now: () => new Date(),
              timeout: 8_000,
              stack: 'stack',
              stage: 'test',
              send: async () => undefined,
              record: () => undefined,
              log: () => undefined,
            },
          );
          // Discards the collector's records, which would fill this process.
          fixture.collector.reset();
          if (run % 3 === 2)
            samples.push({ heap: (await heap.used()) / megabyte, ...openOf([service.child.pid ?? 0]) });
        }
        heap.close();
        note(`180 runs, ${told(samples)}`);
        return grownBeyond(samples, 1);
      } finally {
        await fixture.close();
      }
    }),
  ENDS,
);

it(
  loads.tenMinutes.id,
  () =>
    tryFault(loads.tenMinutes, async (note) => {
      const fixture = await startFixture(AS_DEPLOYED);
      try {
        const service = await fixture.another({ NODE_OPTIONS: `${deployedNodeOptions} ${inspected}` });
        const heap = await heapOf(service.stderr);
        const samples: Sample[] = [];
        const wrong = new Set<string>();
        for (let second = 0; second < 600; second++) {
          const [first, ...others] = tenKinds(`second/${second % 100}`);
          const ask = async ({ path, status, ...init }: Asked) => {
            const response = await fetch(`${service.url}${path}`, init);
            await response.arrayBuffer();
            if (response.status !== status) wrong.add(`${init.method} ${path} answered ${response.status}`);
          };
          // The document exists before it is read.
          await ask(first);
          const scrape = fetch(`${service.metricsUrl}/metrics`).then((response) => response.text());
          await Promise.all([...others.map(ask), scrape]);
          fixture.collector.reset();
          if (second % 10 === 9)
            samples.push({ heap: (await heap.used()) / megabyte, ...openOf([service.child.pid ?? 0]) });
        }
        heap.close();
        note(`6,000 requests and 600 scrapes, ${told(samples)}`);
        return [...wrong, ...grownBeyond(samples, 1)];
      } finally {
        await fixture.close();
      }
    }),
  ENDS,
);

it(
  loads.hourOfCloud.id,
  () =>
    tryFault(loads.hourOfCloud, async (note) => {
      const ports = await findFreePorts();
      const directory = mkdtempSync(join(tmpdir(), 'soak-cloud-'));
      const environment = {
        ...process.env,
        ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
        LOCAL_BACKENDS: 'standin',
        AWS_REGION: 'eu-west-1',
        SLS_AWS_MONITORING_FREQUENCY: '500',
      };
      const program = join(__dirname, 'support', 'local-cloud-program.cjs');
      const cloud = spawn(
        process.execPath,
        [inspected, program, directory, String(ports.LOCAL_PORT), String(ports.LOCAL_GRAFANA_PORT)],
        { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const end = () => cloud.kill('SIGKILL');
      process.once('exit', end);
      const stderr: string[] = [];
      cloud.stderr.on('data', (piece: Buffer) => stderr.push(piece.toString()));
      try {
        await Promise.race([once(cloud.stdout, 'data'), once(cloud, 'exit')]);
        const heap = await heapOf(stderr);
        await deploy(environment);
        const endpoint = `http://127.0.0.1:${ports.LOCAL_PORT}`;
        const lambda = new LambdaClient({
          endpoint,
          region: 'eu-west-1',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        });
        const samples: Sample[] = [];
        const failed: string[] = [];
        for (let run = 0; run < 60; run++) {
          const { FunctionError, Payload } = await lambda.send(
            new InvokeCommand({ FunctionName: 'grafana-observability-local-tester', Payload: '{}' }),
          );
          if (FunctionError !== undefined)
            failed.push(
              Buffer.from(Payload ?? [])
                .toString()
                .slice(0, 200),
            );
          samples.push({
            heap: (await heap.used()) / megabyte,
            ...openOf([cloud.pid ?? 0, ...descendantsOf(cloud.pid ?? 0)]),
          });
        }
        lambda.destroy();
        heap.close();
        note(`60 runs, ${told(samples)}`);
        return [...failed.map((payload) => `a run failed: ${payload}`), ...grownBeyond(samples, 2)];
      } finally {
        cloud.kill('SIGTERM');
        await once(cloud, 'exit');
        process.off('exit', end);
        rmSync(directory, { recursive: true, force: true });
      }
    }),
  ENDS,
);

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One second's requests with their expected statuses. The first stores the document of this key. */
function tenKinds(key: string): readonly [Asked, ...Asked[]] {
  const json = { 'content-type': 'application/json' };
  const write = (status: number, body: string, headers: Record<string, string> = json): Asked => ({
    method: 'POST',
    path: '/data',
    status,
    headers,
    body,
  });
  const document = JSON.stringify({ key, value: 'x'.repeat(500) });
  return [
    write(201, document),
    { method: 'GET', path: `/data/${key}`, status: 200 },
    { method: 'HEAD', path: `/data/${key}`, status: 200 },
    { method: 'GET', path: `/data/never/${key}`, status: 404 },
    { method: 'GET', path: `/${key}`, status: 404 },
    { method: 'PUT', path: '/data', status: 405 },
    write(412, document, { ...json, 'if-none-match': '*' }),
    write(400, '{"key":'),
    write(413, JSON.stringify({ key, value: 'x'.repeat(70_000) })),
    write(415, document, { 'content-type': 'text/plain' }),
  ];
}

const megabyte = 1024 * 1024;

interface Sample {
  /** Megabytes in use after a garbage collection. */
  readonly heap: number;
  readonly files: number;
  readonly sockets: number;
  readonly processes: number;
}

const opened = ['files', 'sockets', 'processes'] as const;

function told(samples: readonly Sample[]): string {
  const { grown, error } = growth(samples.map(({ heap }) => heap));
  const last = samples.at(-1);
  return `heap ${last?.heap.toFixed(1)} MB, grown by ${grown.toFixed(2)} ± ${error.toFixed(2)} MB over the second half; ${opened
    .map((name) => `${last?.[name]} ${name} (+${leakedOf(samples, name)})`)
    .join(', ')}`;
}

/** Heap growth within two standard errors is noise. Nothing that is open may leak. */
function grownBeyond(samples: readonly Sample[], megabytes: number): readonly string[] {
  const { grown, error } = growth(samples.map(({ heap }) => heap));
  return [
    ...(grown - 2 * error < megabytes ? [] : [`the heap grew by ${grown.toFixed(2)} ± ${error.toFixed(2)} MB`]),
    ...opened.flatMap((name) => {
      const more = leakedOf(samples, name);
      return more === 0 ? [] : [`+${more} ${name}`];
    }),
  ];
}

const leakedOf = (samples: readonly Sample[], name: (typeof opened)[number]) =>
  leaked(samples.map((sample) => sample[name]));

function openOf(processes: readonly number[]): Omit<Sample, 'heap'> {
  let files = 0;
  let sockets = 0;
  let alive = 0;
  for (const pid of processes) {
    try {
      const names = readdirSync(`/proc/${pid}/fd`);
      alive += 1;
      for (const name of names) {
        if (linkOf(`/proc/${pid}/fd/${name}`).startsWith('socket:')) sockets += 1;
        else files += 1;
      }
    } catch {
      // It ended between the two reads.
    }
  }
  return { files, sockets, processes: alive };
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function descendantsOf(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}

async function deploy(env: NodeJS.ProcessEnv): Promise<void> {
  const bin = join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const child = spawn(process.execPath, [bin, 'deploy', '--stage', 'local'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`sls deploy ended with ${code}: ${output.slice(-2_000)}`);
}
