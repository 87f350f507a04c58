import { PROVISIONING } from '../domain/alerting/provisioning';
import type { ContactPointModel } from '../domain/content';
import type { Grafana } from '../domain/grafana';
import { queryFrames } from '../domain/queries/frames';

/** SNS's metric has a resolution of one minute. */
const PERIOD_MS = 60_000;

/**
 * The end of the last minute in which something was published to the contact point's topic; undefined if nothing was
 * since `from`. Grafana reads SNS's metric from CloudWatch. The topic has other publishers, and the metric is minutes
 * late. aws-facts: sns-published-metric
 */
export async function lastPublished(
  grafana: Grafana,
  contactPoint: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<{ readonly at: Date | undefined; readonly error: string | undefined }> {
  const { body } = await grafana.request('GET', `${PROVISIONING}/contact-points`);
  const settings = (body as readonly ContactPointModel[]).find(({ name }) => name === contactPoint)?.settings ?? {};
  const topic = String(settings['topic_arn'] ?? settings['topic'] ?? '')
    .split(':')
    .at(-1);
  const answer = await queryFrames(
    grafana,
    {
      refId: 'A',
      datasource: { uid: 'cloudwatch' },
      type: 'timeSeriesQuery',
      queryMode: 'Metrics',
      metricQueryType: 0,
      metricEditorMode: 0,
      namespace: 'AWS/SNS',
      metricName: 'NumberOfMessagesPublished',
      statistic: 'Sum',
      dimensions: { TopicName: topic },
      matchExact: true,
      period: String(PERIOD_MS / 1000),
      region: 'default',
      id: '',
      expression: '',
    },
    { from, to },
  );
  if (answer.kind !== 'data') return { at: undefined, error: `CloudWatch could not be asked: ${answer.reason}` };
  const minutes = answer.data.frames.flatMap(({ schema, data }) => {
    const times = data.values[schema.fields.findIndex(({ type }) => type === 'time')] ?? [];
    const counts = data.values[schema.fields.findIndex(({ type }) => type === 'number')] ?? [];
    return times.filter((_, index) => Number(counts[index] ?? 0) > 0).map(Number);
  });
  return { at: minutes.length === 0 ? undefined : new Date(Math.max(...minutes) + PERIOD_MS), error: undefined };
}
