import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SERVICE } from '../../../functions/domain/checks/names';
import { OWN_SERVICE, servicesJsonSchema } from '../../../params/service-schema';
import { attachedServices, BadServices, parseServices, readServices } from '../../../params/services';

const root = path.resolve(__dirname, '..', '..', '..');

const entry = (...lines: readonly string[]) =>
  ['services:', '  - name: checkout', ...lines.map((line) => `    ${line}`), ''].join('\n');

const faults = (text: string) => {
  try {
    parseServices(text, 'services.yml');
    return 'none';
  } catch (error) {
    if (!(error instanceof BadServices)) throw error;
    return error.message;
  }
};

describe('services.yml', () => {
  it('has the data processor and nothing else', () => {
    const services = readServices(root, 'dev');
    expect(services.map(({ name }) => name)).toEqual([OWN_SERVICE]);
    expect(OWN_SERVICE).toBe(SERVICE);
    expect(attachedServices(services)).toEqual([]);
  });

  it('completes an entry that has only a name', () => {
    expect(parseServices(entry(), 'services.yml')).toEqual([
      {
        name: 'checkout',
        kind: 'other',
        metrics: 'otlp',
        signals: ['metrics', 'traces', 'logs'],
        interval: 60,
        require: 'fail',
      },
    ]);
  });

  it('reads every field', () => {
    const text = entry(
      'metrics: { ecs: { cluster: shop, service: checkout, port: 9464 } }',
      'signals: [metrics, traces]',
      'probe: { url: "http://checkout.internal:8080/health" }',
      'require: warn',
    );
    expect(parseServices(text, 'services.yml')).toEqual([
      {
        name: 'checkout',
        kind: 'ecs',
        metrics: { ecs: { cluster: 'shop', service: 'checkout', port: 9464, path: '/metrics' } },
        signals: ['metrics', 'traces'],
        interval: 15,
        probe: { url: 'http://checkout.internal:8080/health', expect: 200 },
        require: 'warn',
      },
    ]);
  });

  it.each(['services: []\n', 'services:\n'])('may list nothing (%j)', (text) => {
    expect(parseServices(text, 'services.yml')).toEqual([]);
  });

  it.each([
    ['', 'services.yml, line 1 is null but must be a mapping with the key services.'],
    [
      'services: 3',
      'services.yml, line 1, services is 3 but must be a list of services, each beginning with "- name:".',
    ],
    [
      'service: []',
      'services.yml, line 1, services is missing: it must be a list of services, each beginning with "- name:".\nservices.yml, line 1, service is not known. Did you mean "services"?',
    ],
    [
      'services:\n  - checkout',
      'services.yml, line 2, services[0] is "checkout" but must be a mapping that begins with a name.',
    ],
    [
      'services:\n  - kind: ecs',
      'services.yml, line 2, services[0].name is missing: it must be the service.name of its telemetry: 1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first.',
    ],
    [
      'services:\n  - name: a b',
      'services.yml, line 2, services[0].name is "a b" but must be the service.name of its telemetry: 1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first.',
    ],
    [
      'services:\n  - name: loki',
      'services.yml, line 2, services[0].name must not be data-processor, prometheus, loki, tempo, gateway, scraper or tester: the stack uses that name itself. Change the service.name of its telemetry.',
    ],
    [
      'services:\n  - name: a\n  - name: b\n  - name: a',
      'services.yml, line 4, services[2].name must be another one: services[0] has it too.',
    ],
    [
      entry('kind: fargate'),
      'services.yml, line 3, services[0].kind is "fargate" but must be one of ecs, lambda, eks, other.',
    ],
    [
      entry('metrics: prometheus'),
      'services.yml, line 3, services[0].metrics is "prometheus" but must be otlp, remote-write, or a mapping with the key ecs.',
    ],
    [
      entry('metrics: { eks: {} }'),
      'services.yml, line 3, services[0].metrics.ecs is missing: it must be a mapping with cluster, service, port and path.\nservices.yml, line 3, services[0].metrics.eks is not known. Did you mean "ecs"?',
    ],
    [
      entry(
        'metrics:',
        '  ecs:',
        '    cluster: arn:aws:ecs:eu-west-1:1:cluster/shop',
        '    service: checkout',
        '    port: "9464"',
        '    path: metrics',
      ),
      'services.yml, line 5, services[0].metrics.ecs.cluster is "arn:aws:ecs:eu-west-1:1:cluster/shop" but must be the name of an ECS cluster: 1 to 255 letters, digits, hyphens and underscores.\nservices.yml, line 7, services[0].metrics.ecs.port is "9464" but must be a whole number from 1 to 65535.\nservices.yml, line 8, services[0].metrics.ecs.path is "metrics" but must be a path that begins with /.',
    ],
    [
      entry('signals: [metric]'),
      'services.yml, line 3, services[0].signals[0] is "metric" but must be one of metrics, traces, logs.',
    ],
    [
      entry('signals: []'),
      'services.yml, line 3, services[0].signals is [] but must be a list of at least one of metrics, traces, logs.',
    ],
    [entry('signals: [logs, logs]'), 'services.yml, line 3, services[0].signals must have each signal once.'],
    [
      entry('interval: 15'),
      'services.yml, line 3, services[0].interval is 15 but must be seconds from 1s to 300s, such as 15s.',
    ],
    [
      entry('interval: 301s'),
      'services.yml, line 3, services[0].interval is "301s" but must be seconds from 1s to 300s, such as 15s.',
    ],
    [
      entry('probe: http://a/'),
      'services.yml, line 3, services[0].probe is "http://a/" but must be a mapping with url and expect.',
    ],
    [
      entry('probe: { url: checkout.internal }'),
      'services.yml, line 3, services[0].probe.url is "checkout.internal" but must be an http or https URL.',
    ],
    [
      entry('probe: { url: "ftp://a/" }'),
      'services.yml, line 3, services[0].probe.url is "ftp://a/" but must be an http or https URL.',
    ],
    [
      entry('probe: { url: "http://user:secret@a/" }'),
      'services.yml, line 3, services[0].probe.url must have no user name or password: they would be in logs.',
    ],
    [
      entry('probe: { url: "http://a/", expect: 2xx }'),
      'services.yml, line 3, services[0].probe.expect is "2xx" but must be a whole number from 100 to 599.',
    ],
    [entry('require: true'), 'services.yml, line 3, services[0].require is true but must be fail or warn.'],
    [entry('requires: warn'), 'services.yml, line 3, services[0].requires is not known. Did you mean "require"?'],
    [
      entry('team: shop'),
      'services.yml, line 3, services[0].team is not known. There are: name, kind, metrics, signals, interval, probe, require.',
    ],
    [
      `services:\n  - name: ${OWN_SERVICE}`,
      "services.yml, line 2, services[0].metrics is missing: it must be remote-write: the agent in the data processor's task writes its metrics.",
    ],
    [
      `services:\n  - name: ${OWN_SERVICE}\n    metrics: remote-write\n    probe: { url: "http://a/" }`,
      'services.yml, line 4, services[0].probe must be left out: the tester calls the data processor already.',
    ],
    ['services:\n  - name: a\n   kind: ecs', 'services.yml, line 3: not YAML: '],
    ['services:\n  - { name: a, name: b }', 'services.yml, line 2: not YAML: Map keys must be unique.'],
    [
      `services:\n${Array.from({ length: 41 }, (_, index) => `  - name: s${index}\n`).join('')}`,
      'must be a list of at most 40 services.',
    ],
  ])('is refused with the line, the place and what it must be: %j', (text, told) => {
    expect(faults(text)).toContain(told);
    // One line a fault.
    if (told.startsWith('services.yml')) expect(faults(text).split('\n')).toHaveLength(told.split('\n').length);
  });

  it("takes a stage's own file before the common one, and none for no services", () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'services-'));
    try {
      expect(readServices(directory, 'dev')).toEqual([]);
      writeFileSync(path.join(directory, 'services.yml'), entry());
      writeFileSync(path.join(directory, 'services.prod.yml'), 'services:\n  - name: billing\n    king: ecs\n');
      expect(readServices(directory, 'dev').map(({ name }) => name)).toEqual(['checkout']);
      expect(() => readServices(directory, 'prod')).toThrow(
        'services.prod.yml, line 3, services[0].king is not known. Did you mean "kind"?',
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('has the JSON Schema that its first line names, of the same shape (npm run docs:tables writes it)', () => {
    const [, file = ''] = /\$schema=(\S+)/.exec(readFileSync(path.join(root, 'services.yml'), 'utf8')) ?? [];
    expect(JSON.parse(readFileSync(path.join(root, file), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(servicesJsonSchema())),
    );
  });
});
