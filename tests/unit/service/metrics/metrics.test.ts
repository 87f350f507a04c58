import { createMetrics } from '../../../../service/metrics/metrics';

/** The value of one sample of an exposition text; undefined when the series is not there. */
function sample(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('the service’s metrics', () => {
  it.each([
    'http_requests_total{method="POST",endpoint="/data",status="201"}',
    'http_requests_total{method="POST",endpoint="/data",status="500"}',
    'http_requests_total{method="GET",endpoint="/data/{key}",status="404"}',
    'http_request_duration_seconds_count{method="GET",endpoint="/data/{key}"}',
    'data_operations_total{operation="put",result="success"}',
    'data_operation_duration_seconds_count{operation="get"}',
  ])('start %s at zero, so that its first event is an increase', async (series) => {
    expect(sample(String(await createMetrics().expose()), series)).toBe(0);
  });

  it('count the first event on from zero', async () => {
    const metrics = createMetrics();
    metrics.request('POST', '/data', 500, 0.01);
    expect(
      sample(String(await metrics.expose()), 'http_requests_total{method="POST",endpoint="/data",status="500"}'),
    ).toBe(1);
  });
});
