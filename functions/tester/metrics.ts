import type { TesterCall } from '../domain/traffic';

const NAMESPACE = 'GrafanaObservability/Tester';

/**
 * Log lines in CloudWatch's embedded metric format (version 0; aws-facts: cloudwatch-embedded-metrics), one per metric:
 * passed and failed calls by stack, and durations in milliseconds by stack and call. Only planned calls count, so there
 * are few names.
 */
export function metricLines(stack: string, calls: readonly TesterCall[], at: Date): readonly string[] {
  const passed = calls.filter((call) => call.passed).length;
  return [
    line(at, [['Stack']], ['CallsPassed', 'CallsFailed'], 'Count', {
      Stack: stack,
      CallsPassed: passed,
      CallsFailed: calls.length - passed,
    }),
    ...calls.map(({ name, durationMs }) =>
      line(at, [['Stack'], ['Stack', 'Call']], ['CallDuration'], 'Milliseconds', {
        Stack: stack,
        Call: name,
        CallDuration: durationMs,
      }),
    ),
  ];
}

function line(
  at: Date,
  dimensions: readonly (readonly string[])[],
  metrics: readonly string[],
  unit: 'Count' | 'Milliseconds',
  members: Readonly<Record<string, string | number>>,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: dimensions, Metrics: metrics.map((Name) => ({ Name, Unit: unit })) },
      ],
    },
    ...members,
  });
}
