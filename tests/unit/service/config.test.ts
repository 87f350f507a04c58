import { InvalidConfiguration, readConfig } from '../../../service/config';

const least = { BUCKET_NAME: 'documents', AWS_REGION: 'eu-central-1' };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.problems;
  }
  return [];
}

describe('readConfig', () => {
  it('needs a bucket and a region, and has a default for the rest', () => {
    const config = readConfig(least);
    expect(config).toMatchObject({
      port: 8080,
      metricsPort: 9090,
      faultSwitch: false,
      storage: { keyPrefix: 'data/' },
    });
    expect(config.telemetry).toMatchObject({ serviceName: 'data-processor-service', tracesEndpoint: undefined });
  });

  it('has time-outs that end before ECS kills the task', () => {
    const { delayMs, drainMs, flushMs } = readConfig(least).shutdown;
    expect(delayMs + drainMs + flushMs).toBeLessThan(30_000);
    expect(readConfig(least).limits.requestDeadlineMs).toBeLessThanOrEqual(drainMs);
  });

  it('reports every missing or wrong value at once', () => {
    const problems = problemsOf({
      PORT: '99999',
      FAULT_SWITCH: 'yes',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'loki:3100',
      AWS_REGION: '',
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'AWS_REGION',
      'BUCKET_NAME',
      'FAULT_SWITCH',
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
      'PORT',
    ]);
    expect(problems.find((problem) => problem.startsWith('AWS_REGION'))).toContain("set it to the bucket's region");
  });

  it.each([
    ['deployment.environment.name=dev', { 'deployment.environment.name': 'dev' }],
    ['a=1, b=two%20words', { a: '1', b: 'two words' }],
  ])('reads the resource attributes %s', (text, attributes) => {
    expect(readConfig({ ...least, OTEL_RESOURCE_ATTRIBUTES: text }).telemetry.resourceAttributes).toEqual(attributes);
  });

  it.each(['nonsense', '=1', 'a=%ZZ'])('refuses the resource attributes %s', (text) => {
    expect(problemsOf({ ...least, OTEL_RESOURCE_ATTRIBUTES: text })).toHaveLength(1);
  });

  it('refuses a limit on bytes in flight that is below the largest body', () => {
    expect(problemsOf({ ...least, MAX_BYTES_IN_FLIGHT: '1000', MAX_BODY_BYTES: '1001' })).toEqual([
      'MAX_BYTES_IN_FLIGHT: must be at least MAX_BODY_BYTES, or no document of that size can be served',
    ]);
    expect(readConfig({ ...least, MAX_BYTES_IN_FLIGHT: '1048576' }).limits.maxBytesInFlight).toBe(1_048_576);
  });

  it.each(['/data/', 'data', '../', 'a//'])('refuses the key prefix %s', (prefix) => {
    expect(problemsOf({ ...least, KEY_PREFIX: prefix })).toHaveLength(1);
  });
});
