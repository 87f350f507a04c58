import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { expectNone, list, ofType, type Properties, type Template, template, templates, type Value } from './template';

interface Container extends Properties {
  readonly Name: string;
}

describe.each(templates)('tasks ($variant)', (each: Template) => {
  const tasks = ofType(each, 'AWS::ECS::TaskDefinition');
  const services = ofType(each, 'AWS::ECS::Service');
  const containers = tasks.flatMap(({ Properties }) => containersOf(Properties));
  const scrapes = each.variant === 'public-https';

  it('runs nothing as root but the init containers, and those only before the others start', () => {
    const root = containers.filter(({ User }) => !/^[1-9]\d*:[1-9]\d*$/.test(String(User)));
    expect([...new Set(root.map(({ Name }) => Name))].sort()).toEqual(['fetch-service', 'render-config']);
    expectNone(root.filter(({ Essential }) => Essential !== false).map(({ Name }) => Name));
  });

  it('has every root file system read-only, unless exec is on', () => {
    const readOnly = each.variant !== 'public-https';
    expectNone(
      containers.filter(({ ReadonlyRootFilesystem }) => ReadonlyRootFilesystem !== readOnly).map(({ Name }) => Name),
    );
    for (const { Properties } of services) expect(Properties['EnableExecuteCommand']).toBe(!readOnly);
  });

  it('pins every image to a version', () => {
    expectNone(
      containers.map(({ Image }) => String(Image)).filter((image) => !/:v?\d+\.\d+\.\d+(-[a-z-]+)?$/.test(image)),
    );
    const images = containers.map(({ Image }) => String(Image)).join('\n');
    for (const image of [/loki:3\.7\./, /tempo:3\.0\./, /prometheus:v3\./, /aws-otel-collector:v0\.49\./, /node:24\./])
      expect(images).toMatch(image);
  });

  it('starts every container only after the container that makes its files has succeeded', () => {
    for (const { Properties } of tasks) {
      const all = containersOf(Properties);
      for (const container of all.filter(({ Name }) => Name !== 'fetch-service' && Name !== 'render-config')) {
        const volumes = list(container['MountPoints']).map(({ SourceVolume }) => SourceVolume);
        const makers = all.filter(
          (other) =>
            other['Essential'] === false &&
            other.Name !== container.Name &&
            list(other['MountPoints']).some(({ SourceVolume }) => volumes.includes(SourceVolume ?? null)),
        );
        expect(list(container['DependsOn'])).toEqual(
          makers.map(({ Name }) => ({ ContainerName: Name, Condition: 'SUCCESS' })),
        );
        expect(makers).toHaveLength(1);
      }
    }
  });

  it('gives every volume to the user that writes it', () => {
    for (const { Properties } of tasks) {
      const render = containersOf(Properties).find(({ Name }) => Name === 'render-config');
      const writer = containersOf(Properties).find(
        ({ Name, MountPoints }) =>
          Name !== 'render-config' && list(MountPoints).some(({ SourceVolume }) => SourceVolume === 'data'),
      );
      expect(environment(render).get('OWNER')).toBe(writer?.['User']);
    }
  });

  it('declares every port that its containers use, so that the local cloud can assign free ones', () => {
    for (const { Properties } of tasks) {
      const all = containersOf(Properties);
      const declared = all.flatMap(({ PortMappings }) =>
        list(PortMappings).map(({ ContainerPort }) => String(ContainerPort)),
      );
      const wanted = all.flatMap((container) =>
        [...environment(container)].filter(([name]) => /(^|_)PORT$/.test(name)),
      );
      expectNone(
        wanted.filter(([, port]) => !declared.includes(String(port))).map(([name, port]) => `${name}=${port}`),
      );
    }
  });

  it('rolls back a deployment whose tasks do not become healthy', () => {
    expect(services).toHaveLength(scrapes ? 5 : 4);
    for (const { Properties } of services) {
      expect(Properties['DeploymentConfiguration']).toMatchObject({
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      });
    }
  });

  it('has one scraper, never two, and only where services.yml lists a service that is scraped', () => {
    const scraper = services.find(({ id }) => id === 'ServiceScraperService');
    expect(scraper !== undefined).toBe(scrapes);
    if (!scraper) return;
    expect(scraper.Properties['DesiredCount']).toBe(1);
    expect(scraper.Properties['DeploymentConfiguration']).toMatchObject({
      MinimumHealthyPercent: 0,
      MaximumPercent: 100,
    });
  });

  it.each([
    ['Loki', 120],
    ['Tempo', 30],
  ])('never runs two of %s, and gives it %d s to stop', (name, seconds) => {
    const service = services.find(({ id }) => id === `${name}Service`);
    expect(service?.Properties['DeploymentConfiguration']).toMatchObject({
      MinimumHealthyPercent: 0,
      MaximumPercent: 100,
    });
    expect(service?.Properties['DesiredCount']).toBe(1);
    expect(containers.find(({ Name }) => Name === name.toLowerCase())?.['StopTimeout']).toBe(seconds);
  });

  it('has an init process before the service: without it the service’s SIGKILL to itself has no effect', () => {
    const service = containers.find(({ Name }) => Name === 'data-processor');
    expect(service?.['LinuxParameters']).toEqual({ InitProcessEnabled: true });
    // A shell in between would be process 1 and would receive the stop signal.
    expect(list(service?.['Command'])[0]).toBe('node');
  });

  it('uses the same processor architecture for Lambda and Fargate', () => {
    const fargate = tasks.map(({ Properties }) => (Properties['RuntimePlatform'] as Properties)['CpuArchitecture']);
    const lambda = ofType(each, 'AWS::Lambda::Function').map(({ Properties }) => list(Properties['Architectures'])[0]);
    expect([new Set(fargate), new Set(lambda)]).toEqual(
      each.variant === 'public-https'
        ? [new Set(['X86_64']), new Set(['x86_64'])]
        : [new Set(['ARM64']), new Set(['arm64'])],
    );
  });

  it('uses a task size that Fargate offers', () => {
    for (const { Properties } of tasks) {
      const [cpu, memory] = [Number(Properties['Cpu']), Number(Properties['Memory'])];
      const most = { 256: 2048, 512: 4096, 1024: 8192, 2048: 16384 }[cpu];
      expect(memory).toBeGreaterThanOrEqual(2 * cpu);
      expect(memory).toBeLessThanOrEqual(most ?? 0);
    }
  });

  // aws-facts: go-memory-limit
  it('limits the memory of every engine that is written in Go, and leaves room in the task', () => {
    for (const { id, Properties } of tasks) {
      const all = containersOf(Properties).filter(({ Name }) => Name !== 'fetch-service' && Name !== 'render-config');
      const go = all.filter(({ Image }) => /\/?(loki|tempo|prometheus|aws-otel-collector):/.test(String(Image)));
      expect([id, go.length]).toEqual([id, 1]);
      const limits = all.map((container) => {
        const [, limit] = /^(\d+)MiB$/.exec(String(environment(container).get('GOMEMLIMIT'))) ?? [];
        const [, heap] = /--max-old-space-size=(\d+)/.exec(String(environment(container).get('NODE_OPTIONS'))) ?? [];
        return Number(limit ?? heap);
      });
      const share = limits.reduce((sum, limit) => sum + limit, 0) / Number(Properties['Memory']);
      if (all.length === 1) expect([id, share >= 0.6 && share <= 0.8]).toEqual([id, true]);
      else expect([id, limits.every((limit) => limit >= 100) && share <= 0.8]).toEqual([id, true]);
    }
  });

  it('lets the service hold an eighth of its task’s memory for callers', () => {
    const task = tasks.find(({ Properties }) => JSON.stringify(Properties).includes('MAX_BYTES_IN_FLIGHT'));
    const service = containers.find(({ Name }) => Name === 'data-processor');
    const limit = service && environment(service).get('MAX_BYTES_IN_FLIGHT');
    expect(Number(limit)).toBe((Number(task?.Properties['Memory']) * 2 ** 20) / 8);
  });

  it('fetches the bundle from the deployment bucket under the key that the template names', () => {
    const fetch = containers.find(({ Name }) => Name === 'fetch-service');
    expect(JSON.stringify(fetch?.['Command'])).toContain('"Fn::FindInMap":["ServiceArtifact","Bundle","Key"]');
    const key = String(each.raw['Mappings']?.['ServiceArtifact']?.['Bundle' as never]?.['Key']);
    expect(key).toMatch(/^serverless\/grafana-observability\/[a-z]+\/artifacts\/service-[0-9a-f]{64}\.cjs$/);
    const { PolicyDocument } = roleOf(each, 'DataProcessorTaskRole', 'bundle');
    expect(JSON.stringify(PolicyDocument)).toContain(`${path.posix.dirname(key)}/*`);
  });
});

describe('rendered configuration', () => {
  const fill = {
    BUCKET_NAME: 'a-bucket',
    AWS_REGION: 'eu-west-1',
    REMOTE_WRITE_URL: 'https://aps.example/workspaces/ws-1/api/v1/remote_write',
    S3_ENDPOINT: 's3.eu-west-1.amazonaws.com',
    LOKI_ADDRESS: 'loki.example:3100',
    TEMPO_ADDRESS: 'tempo.example:3200',
    TEMPO_OTLP_URL: 'http://tempo.example:4318',
    LOKI_OTLP_URL: 'http://loki.example:3100/otlp',
    TASK_ID: 'task-1',
    STAGE: 'dev',
  };

  it('of Loki keeps a stopped task’s unflushed chunks, and bounds its index', async () => {
    const loki = await render('LokiTaskDefinition', 'loki.yaml', fill);
    expect(loki).toMatchObject({
      ingester: { wal: { flush_on_shutdown: true } },
      compactor: { retention_enabled: true, delete_request_store: 's3' },
      limits_config: {
        retention_period: '744h',
        allow_structured_metadata: true,
        otlp_config: { resource_attributes: { ignore_defaults: true } },
      },
      schema_config: { configs: [{ store: 'tsdb', schema: 'v13', object_store: 's3' }] },
      storage_config: {
        use_thanos_objstore: true,
        object_store: {
          s3: {
            bucket_name: 'a-bucket',
            region: 'eu-west-1',
            endpoint: 's3.eu-west-1.amazonaws.com',
            insecure: false,
            bucket_lookup_type: 'auto',
            dualstack_enabled: false,
          },
        },
      },
      server: { http_listen_address: '0.0.0.0', http_listen_port: 3100 },
    });
  });

  it('of Tempo writes span metrics and the service graph to AMP', async () => {
    const tempo = await render('TempoTaskDefinition', 'tempo.yaml', fill);
    expect(tempo).toMatchObject({
      storage: { trace: { backend: 's3', s3: { bucket: 'a-bucket', region: 'eu-west-1' } } },
      metrics_generator: {
        storage: { remote_write: [{ url: fill.REMOTE_WRITE_URL, sigv4: { region: 'eu-west-1' } }] },
      },
      overrides: { defaults: { metrics_generator: { processors: ['span-metrics', 'service-graphs'] } } },
    });
  });

  it('of the gateway keeps on disk what each store has not taken', async () => {
    const gateway = await render('GatewayTaskDefinition', 'otelcol.yaml', fill);
    const kept = {
      sending_queue: { storage: 'file_storage', sizer: 'items' },
      retry_on_failure: { max_elapsed_time: '1h' },
    };
    expect(gateway).toMatchObject({
      extensions: { file_storage: { fsync: true }, sigv4auth: { region: 'eu-west-1', service: 'aps' } },
      receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } },
      exporters: {
        'otlp_http/tempo': { endpoint: 'http://tempo.example:4318', ...kept },
        'otlp_http/loki': { endpoint: 'http://loki.example:3100/otlp', ...kept },
        'otlp_http/amp': { endpoint: 'http://127.0.0.1:4319', ...kept },
        prometheus_remote_write: {
          endpoint: fill.REMOTE_WRITE_URL,
          remote_write_queue: { enabled: false },
          external_labels: { stage: 'dev' },
        },
      },
    });
  });

  it('of the scraper discovers the tasks of each listed service under its name', async () => {
    const scraper = (await render(
      'ServiceScraperTaskDefinition',
      'scraper.yaml',
      {
        ...fill,
        CLUSTER_ARN_PREFIX: 'arn:aws:ecs:eu-west-1:111122223333:cluster/',
      },
      'public-https',
    )) as { scrape_configs: readonly { job_name: string }[] };
    expect(scraper.scrape_configs.map(({ job_name }) => job_name)).toEqual(['scraper', 'checkout', 'basket', 'search']);
    expect(scraper.scrape_configs[2]).toMatchObject({
      metrics_path: '/internal/metrics',
      scrape_interval: '15s',
      aws_sd_configs: [
        {
          role: 'ecs',
          port: 9464,
          clusters: ['arn:aws:ecs:eu-west-1:111122223333:cluster/shop'],
          refresh_interval: '30s',
        },
      ],
      relabel_configs: [{ regex: 'service:basket;RUNNING', action: 'keep' }, { target_label: 'task' }],
    });
    expect(scraper.scrape_configs[3]).toMatchObject({
      scrape_interval: '60s',
      scrape_timeout: '10s',
      aws_sd_configs: [{ port: 2112, clusters: ['arn:aws:ecs:eu-west-1:111122223333:cluster/search'] }],
    });
  });

  it('of Prometheus scrapes the service every 5 s under a label of its own task', async () => {
    const prometheus = await render('DataProcessorTaskDefinition', 'prometheus.yaml', fill);
    expect(prometheus).toMatchObject({
      global: { scrape_interval: '15s', external_labels: { task: 'task-1' } },
      remote_write: [{ url: fill.REMOTE_WRITE_URL, sigv4: { region: 'eu-west-1' } }],
    });
    const { scrape_configs } = prometheus as { scrape_configs: readonly unknown[] };
    expect(scrape_configs[0]).toMatchObject({
      job_name: 'data-processor',
      scrape_interval: '5s',
      static_configs: [{ targets: ['localhost:9090'] }],
    });
  });
});

/**
 * Runs the task definition's own init container (its command and environment) in a directory and reads what it wrote.
 */
async function render(
  task: string,
  file: string,
  fill: Readonly<Record<string, string>>,
  variant: Parameters<typeof template>[0] = 'production',
): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'render-'));
  try {
    const { Properties = {} } =
      ofType(template(variant), 'AWS::ECS::TaskDefinition').find(({ id }) => id === task) ?? {};
    const container = containersOf(Properties).find(({ Name }) => Name === 'render-config');
    const [program = '', ...args] = list(container?.['Command']).map(String);
    expect(program).toBe('node');
    // CloudFormation passes a number as text.
    const declared = [...environment(container)].flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    );
    const env = { ...Object.fromEntries(declared), ...fill };
    const paths = { CONFIG_PATH: path.join(directory, 'config'), DATA_PATH: path.join(directory, 'data') };
    const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    await promisify(execFile)(process.execPath, args, { env: { ...env, ...paths, OWNER: owner } });
    return parse(await readFile(path.join(directory, 'config', file), 'utf8'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function containersOf(properties: Properties): readonly Container[] {
  return list(properties['ContainerDefinitions']) as readonly Container[];
}

function environment(container: Container | undefined): ReadonlyMap<string, Value> {
  return new Map(list(container?.['Environment']).map(({ Name, Value: value }) => [String(Name), value ?? null]));
}

function roleOf(each: Template, id: string, policy: string): Properties {
  const role = ofType(each, 'AWS::IAM::Role').find((candidate) => candidate.id === id);
  return list(role?.Properties['Policies']).find(({ PolicyName }) => PolicyName === policy) ?? {};
}
