import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { routes } from '../../local/grafana-server/routes';
import { type GrafanaCloud, startGrafanaCloud } from '../../local/tests/grafana-server/support/grafana-cloud';
import { checkParameters, type Schema } from '../../plugin/packaging/parameters';
import { packageTemplates } from '../../scripts/template/package-templates';
import { connect, exchange, readToEnd } from '../helpers/raw-http';
import { post, type ServiceFixture, startFixture } from '../helpers/service-fixture';
import { nameOf } from '../template/name-limits';
import type { Properties } from '../template/template';
import { input } from './expected/input';
import { sendPost, signedPost } from './support/signed-fetch';
import { tryFault } from './support/try-fault';

const { schema, ...stages } = require('../../params') as { schema: Schema } & Record<
  'default' | 'dev',
  Record<string, unknown>
>;

/** FUZZ_SEED repeats a run. Each run's seed is in its note. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const options = (numRuns: number) => ({ seed, numRuns, endOnFailure: true });

let fixture: ServiceFixture;
let cloud: GrafanaCloud;
beforeAll(async () => {
  [fixture, cloud] = await Promise.all([startFixture({ HEADERS_TIMEOUT_MS: '2000' }), startGrafanaCloud()]);
});
afterAll(() => Promise.all([fixture.close(), cloud[Symbol.asyncDispose]()]));

const served = async () => {
  if ((await fetch(`${fixture.service.url}/health`)).status !== 200) throw new Error('/health is not served');
};
const text = fc.string({ unit: 'binary', maxLength: 40 });

it(input.bodies.id, () =>
  tryFault(input.bodies, async (note) => {
    note(`seed ${seed}, 300 bodies`);
    const body = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json({ maxDepth: 4 }),
      fc.record({ key: fc.oneof(text, fc.jsonValue()), value: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const response = await post(fixture.service, sent);
        const answer = (await response.json()) as { readonly trace_id?: string };
        if (response.status === 201) return;
        if (response.status < 400 || response.status >= 500) throw new Error(`answered ${response.status}`);
        if (!/^[0-9a-f]{32}$/.test(answer.trace_id ?? '')) throw new Error('a problem without a trace id');
      }),
      options(300),
    );
    return [];
  }),
);

it(input.roundTrip.id, () =>
  tryFault(input.roundTrip, async (note) => {
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
        fc.jsonValue(),
        async (key, value) => {
          const wanted = JSON.parse(JSON.stringify({ key, value })) as unknown;
          const written = await post(fixture.service, JSON.stringify({ key, value }));
          await written.arrayBuffer();
          if (written.status !== 201) {
            if (written.status !== 400) throw new Error(`POST answered ${written.status}`);
            return;
          }
          stored += 1;
          const path = key.split('/').map(encodeURIComponent).join('/');
          const read = await fetch(`${fixture.service.url}/data/${path}`);
          if (read.status !== 200) throw new Error(`GET answered ${read.status}`);
          expect(await read.json()).toEqual(wanted);
        },
      ),
      options(200),
    );
    note(`seed ${seed}, ${stored} of 200 keys stored`);
    return stored > 50 ? [] : [`only ${stored} keys were stored`];
  }),
);

it(input.paths.id, () =>
  tryFault(input.paths, async (note) => {
    const count = async () => (await (await fetch(`${fixture.service.metricsUrl}/metrics`)).text()).split('\n').length;
    const path = fc.array(
      fc.oneof(fc.constantFrom('data', 'health', '..', '%2e%2e', '%', '%00', ''), text.map(encodeSafely)),
    );
    const run = (runs: number) =>
      fc.assert(
        fc.asyncProperty(path, fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH'), async (parts, method) => {
          const { status } = await exchange(
            fixture.service.port,
            `${method} /${parts.join('/')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
          );
          if (status >= 500) throw new Error(`answered ${status}`);
        }),
        options(runs),
      );
    await run(300);
    const before = await count();
    await run(400);
    const grown = (await count()) - before;
    note(`seed ${seed}, 400 paths`);
    // A new status of a known route adds series: its counter and its histogram.
    return grown <= 40 ? [] : [`${grown} more lines of metrics`];
  }),
);

it(input.headers.id, () =>
  tryFault(input.headers, async (note) => {
    note(`seed ${seed}, 300 sets of headers`);
    const name = fc.oneof(
      fc.constantFrom(
        'traceparent',
        'tracestate',
        'content-type',
        'content-encoding',
        'accept',
        'range',
        'expect',
        'if-none-match',
        'x-fault',
        'baggage',
        'cookie',
        'upgrade',
      ),
      fc.string({ minLength: 1, maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, text), { maxLength: 8 }), async (headers) => {
        const lines = headers.map(([key, value]) => `${key}: ${value}\r\n`).join('');
        const socket = await connect(fixture.service.port);
        socket.write(Buffer.from(`GET /data/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`, 'utf8'));
        const { status } = await readToEnd(socket);
        if (status >= 500) throw new Error(`answered ${status}`);
      }),
      options(300),
    );
    await served();
    return [];
  }),
);

it(input.bytes.id, () =>
  tryFault(input.bytes, async (note) => {
    note(`seed ${seed}, 100 messages`);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
        const { status } = await exchange(fixture.service.port, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
        if (![0, 400, 408, 431].includes(status)) throw new Error(`answered ${status}`);
      }),
      options(100),
    );
    await served();
    return [];
  }),
);

it(input.awsBodies.id, () =>
  tryFault(input.awsBodies, async (note) => {
    note(`seed ${seed}, 200 bodies`);
    const keys = { accessKeyId: 'local', secretAccessKey: 'local' };
    const path = fc.constantFrom('/workspaces', '/workspaces/x/serviceaccounts', '/tags/x', '/', '/x');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), path, async (body, at) => {
        const signed = await signedPost(`${cloud.kernel.endpoint}${at}`, 'grafana', Buffer.from(body), keys);
        const status = await sendPost(signed);
        if (status < 400 || status >= 500) throw new Error(`${at} answered ${status}`);
      }),
      options(200),
    );
    return [];
  }),
);

it(input.grafanaBodies.id, () =>
  tryFault(input.grafanaBodies, async (note) => {
    note(`seed ${seed}, 400 bodies`);
    const { id, endpoint } = await cloud.workspace();
    const token = await cloud.token(id);
    // Routes that call another server fail as that server does. This workspace has none.
    const writing = routes.filter(
      ({ method, path }) => ['POST', 'PUT', 'PATCH'].includes(method) && !/query|proxy|test/.test(path),
    );
    const body = fc.oneof(
      fc.json(),
      fc
        .dictionary(
          fc.constantFrom(
            'uid',
            'name',
            'type',
            'title',
            'dashboard',
            'folderUid',
            'data',
            'settings',
            'receiver',
            'condition',
            'ruleGroup',
          ),
          fc.jsonValue(),
        )
        .map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...writing), body, async ({ method, path }, sent) => {
        const response = await fetch(`${endpoint}${path.replace(/[:*]\w+/g, 'x')}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: sent,
        });
        await response.arrayBuffer();
        if (response.status >= 500) throw new Error(`${method} ${path} answered ${response.status}`);
      }),
      options(400),
    );
    return [];
  }),
);

it(input.parameters.id, () =>
  tryFault(input.parameters, async (note) => {
    const configured = Object.fromEntries(
      Object.entries({ ...stages.default, ...stages.dev }).map(([name, value]) => [
        name,
        String(value).includes('${') ? '4500' : value,
      ]),
    );
    const problems: string[] = [];
    let tried = 0;
    let taken = 0;
    for (const [name, parameter] of Object.entries(schema)) {
      for (const value of hostileValues) {
        tried += 1;
        const { errors } = checkParameters(schema, [`${name}=${value}`], configured);
        if (errors.some((error) => error.includes(`"${name}"`))) continue;
        taken += 1;
        if (!isOfType(parameter, value)) problems.push(`${name}=${JSON.stringify(value.slice(0, 20))} is taken`);
      }
    }
    for (const [name, { type }] of Object.entries(schema)) {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
          tried += 1;
          const { errors } = checkParameters(schema, [`${name}=${value}`], configured);
          if (errors.some((error) => error.includes(`"${name}"`))) return;
          taken += 1;
          if (!isOfType({ type }, value)) throw new Error(`${name}=${JSON.stringify(value)} is taken`);
        }),
        options(50),
      );
    }
    note(`seed ${seed}, ${tried} values, ${taken} of them of the right type`);
    return problems;
  }),
);

it(input.longStage.id, () =>
  tryFault(input.longStage, async (note) => {
    const stage = 'abcdefghijklmnopqrstuvw';
    const { long = '' } = await packageTemplates([{ name: 'long', stage }]);
    const { Resources } = JSON.parse(readFileSync(long, 'utf8')) as {
      Resources: Record<string, { Type: string; Properties?: Properties }>;
    };
    const names = Object.entries(Resources).flatMap(([id, resource]) => {
      const named = nameOf(resource);
      return named?.name.includes(stage) ? [{ id, ...named }] : [];
    });
    const least = Math.min(...names.map(({ name, limit }) => limit - name.length));
    note(`${stage.length} letters, ${names.length} names, ${least} letters left in the tightest`);
    return [
      ...(names.length > 30 ? [] : [`only ${names.length} names`]),
      ...names
        .filter(({ name, limit }) => name.length > limit)
        .map(({ id, name, limit }) => `${id} has ${name.length} letters of ${limit}`),
    ];
  }),
);

it(input.tooLongStage.id, () =>
  tryFault(input.tooLongStage, async (note) => {
    const stages: readonly (readonly [stage: string, allowed: RegExp])[] = [
      ['abcdefghijklmnopqrstuvwx', /has 24 letters; it may have 23/],
      ['a_b', /letters of the English alphabet, digits and hyphens/],
      ['a b', /letters of the English alphabet, digits and hyphens/],
      ['../x', /letters of the English alphabet, digits and hyphens/],
      ['été', /letters of the English alphabet, digits and hyphens/],
    ];
    note(`${stages.length} names`);
    const problems: string[] = [];
    for (const [stage, allowed] of stages) {
      const said = await packageTemplates([{ name: 'refused', stage }]).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
      if (!/^sls package --stage .* failed/.test(said) || !/stage/i.test(said) || !allowed.test(said))
        problems.push(`${stage}: ${said.slice(0, 200)}`);
    }
    return problems;
  }),
);

const hostileValues = [
  ...[
    '',
    ' ',
    '1',
    ' 1',
    '1 ',
    '\t1',
    '1\n',
    '1\n2',
    '+1',
    '-1',
    '-0',
    '0',
    '01',
    '1.0',
    '1e1',
    '1e9',
    '0x10',
    '1_0',
    '1,2',
  ],
  ...['٣', '１', 'NaN', 'Infinity', '9'.repeat(400), 'true', 'True', 'TRUE', ' true', 'yes', 'null', 'undefined'],
  ...['{}', '[]', '[1]', '["a"]', '{"Ref":"AWS::AccountId"}', '!Ref AWS::AccountId', '!Sub x', '${AWS::AccountId}'],
  ...[
    '${env:HOME}',
    '${self:service}',
    '${param:minTasks}',
    'a@${AWS::AccountId}.io',
    '${x}@example.org',
    '#{x}',
    '%s',
  ],
  ...[
    '1;id',
    '$(id)',
    '`id`',
    '"',
    "'",
    '\\',
    '../..',
    '/etc/passwd',
    '\0',
    'a\0b',
    '\u202e',
    'a'.repeat(5_000),
    '__proto__',
  ],
  ...[
    '10.0.0.0/16\n',
    ' 10.0.0.0/16',
    '010.0.0.0/16',
    '10.0.0.0/016',
    '10.0.0/16',
    '999.0.0.0/16',
    '10.0.0.0/33',
    '::/0',
  ],
  ...['5', '5s ', '5m', '61s', '0s', '05s', 'ENABLED ', 'enabled\n', 'Enabled', 'arm64,x86_64', 'node:24 --privileged'],
];

/** Values of this type that CloudFormation and the containers accept: only texts that every reader parses alike. */
function isOfType({ type }: Pick<Schema[string], 'type'>, value: string): boolean {
  if (type === 'integer') return /^(0|-?[1-9]\d{0,15})$/.test(value);
  if (type === 'boolean') return /^(true|false)$/.test(value);
  return value === value.trim() && value.length <= 300 && /^[!-~]*$/.test(value) && !/[${}"'`\\;()<>]/.test(value);
}

function encodeSafely(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}
