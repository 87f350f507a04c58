import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { type LogLine, logLines } from '../queries/loki';
import type { Traffic } from '../traffic';
import type { Check, Observation, Open } from './check';
import { atGateway } from './gateway';
import { SERVICE } from './names';

const DEADLINE_MS = 60_000;

/** The log lines of the tester's requests in Loki, found by their trace ids. */
export function logChecks(grafana: Grafana, traffic: Traffic, clock: Clock, stage: string): readonly Check[] {
  const from = new Date(new Date(traffic.startedAt).getTime() - 60_000);
  const range = () => ({ from, to: new Date(clock.now().getTime() + 60_000) });
  const sinceMarker = () => ({ from: new Date(traffic.startedAt), to: range().to });
  const queryFor = (traceId: string) => `{service_name="${SERVICE}"} | trace_id="${traceId}"`;
  return [
    {
      name: 'log-lines',
      query: traffic.calls.map(({ traceId }) => queryFor(traceId)).join('; '),
      expected: 'lines with trace id, span id and level for each call, and one of them describes the request itself',
      deadline: DEADLINE_MS,
      async look() {
        const evidence: Record<string, readonly LogLine[]> = {};
        let lines = 0;
        for (const call of traffic.calls) {
          const answer = await logLines(grafana, queryFor(call.traceId), range());
          const broken = withoutData(answer, 'loki');
          if (broken) return { ...broken, evidence };
          const found = answer.kind === 'data' ? answer.data : [];
          evidence[call.name] = found.slice(0, 10);
          if (found.length === 0)
            return {
              verdict: 'late',
              found: `no line with trace id ${call.traceId} of "${call.name}"`,
              evidence,
              hop: 'collector path',
              remedy: COLLECTOR_REMEDY,
            };
          const bare = found.find(({ labels }) => !labels['span_id'] || !levelOf(labels));
          if (bare)
            return {
              verdict: 'wrong',
              found: `a line of "${call.name}" without span id or level: ${bare.text.slice(0, 120)}`,
              evidence,
              hop: 'service',
              remedy: SERVICE_REMEDY,
            };
          const told = requestOf(found);
          const isOurs = (labels: LogLine['labels']) =>
            labels['method'] === call.method &&
            labels['endpoint'] === call.endpoint &&
            labels['status'] === String(call.expectedStatus);
          const stranger = told.find((labels) => !isOurs(labels));
          if (told.length === 0 || stranger)
            return {
              verdict: 'wrong',
              found: stranger
                ? `a line with the trace id of "${call.name}" tells of ${stranger['method']} ${stranger['endpoint']} ${stranger['status']}, not of ${call.method} ${call.endpoint} ${call.expectedStatus}`
                : `no line that tells how "${call.name}" was answered`,
              evidence,
              hop: 'service',
              remedy: SERVICE_REMEDY,
            };
          lines += found.length;
        }
        return { verdict: 'passed', found: `${lines} lines for ${traffic.calls.length} calls`, evidence };
      },
      diagnose: (last) =>
        last.verdict === 'late' ? diagnose(grafana, last, sinceMarker(), { clock, stage }) : Promise.resolve(last),
    },
  ];
}

const COLLECTOR_REMEDY =
  "Read the data processor's log for export errors, and check OTEL_EXPORTER_OTLP_LOGS_ENDPOINT and the security group of the gateway's load balancer.";
const SERVICE_REMEDY =
  "Look at the service's logger: each line must carry trace_id, span_id and level, and those of its own request.";

/** Labels of the lines that describe a whole request. The service writes one such line for each request. */
function requestOf(lines: readonly LogLine[]): readonly LogLine['labels'][] {
  return lines.flatMap(({ labels }) => (labels['code'] === 'REQUEST_COMPLETED' ? [labels] : []));
}

function levelOf(labels: LogLine['labels']): string | undefined {
  return labels['severity_text'] ?? labels['level'] ?? labels['detected_level'];
}

/** If the service wrote lines without a trace id since the marker, the path works and the logger is at fault. */
async function diagnose(
  grafana: Grafana,
  last: Open,
  range: { readonly from: Date; readonly to: Date },
  at: { readonly clock: Clock; readonly stage: string },
): Promise<Observation> {
  const bare = await logLines(grafana, `{service_name="${SERVICE}"} | trace_id=""`, range, 5);
  if (bare.kind !== 'data') return { ...last, found: `${last.found}; searching Loki failed too` };
  if (bare.data.length > 0) {
    return {
      ...last,
      verdict: 'wrong',
      hop: 'service',
      found: `${last.found}, though Loki has lines of ${SERVICE} without any trace id`,
      evidence: bare.data,
      remedy: SERVICE_REMEDY,
    };
  }
  const any = await logLines(grafana, `{service_name="${SERVICE}"}`, range, 5);
  if (any.kind !== 'data' || any.data.length > 0) return last;
  const found = `${last.found}; Loki has no line of ${SERVICE} since ${range.from.toISOString()}`;
  return atGateway(grafana, { ...last, found }, 'Loki', at);
}
