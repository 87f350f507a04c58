import { exploreTrace, type Html, html } from '../../../report';
import type { Signals } from '../contracts';
import type { LogLine } from '../engines';
import type { TesterCall } from '../tester-run';
import { chart } from './chart';
import { waterfall } from './waterfall';

/**
 * The latest run of the tester: its calls as tabs, and for the chosen one its metrics, trace and log lines side by
 * side. Traces link to `grafana`, where there is one.
 */
export function signalsSection(signals: Signals | undefined, grafana?: string): Html {
  if (signals === undefined) return html`<p class="empty">The tester has not run yet.</p>`;
  const { run, problems } = signals;
  const chosen = Math.max(
    run.calls.findIndex(({ passed }) => !passed),
    0,
  );
  return html`<p class="sub">Run <code>${run.run}</code> at <time datetime="${new Date(run.startedAt).toISOString()}">${clock(run.startedAt)}</time> UTC. Choose a call to follow it.</p>
${run.error !== undefined && html`<p class="problem"><b>The tester failed since.</b> ${run.error}</p>`}
${problems.map((problem) => html`<p class="problem">${problem}</p>`)}
<div class="calls" role="tablist" aria-label="Calls of the tester">${run.calls.map((call, index) => tab(call, index, index === chosen))}</div>
<div class="signals">
<section class="card metrics" aria-labelledby="metrics-title"><h3 id="metrics-title">Metrics <span>Prometheus</span></h3><div class="charts">${signals.charts.map((each) => chart(each, signals))}</div></section>
${run.calls.map((call, index) => panel(call, index, index === chosen, signals, grafana))}
</div>`;
}

function tab(
  { name, method, endpoint, expectedStatus, actualStatus, passed }: TesterCall,
  index: number,
  isChosen: boolean,
): Html {
  return html`<button type="button" role="tab" id="call-${index}" aria-controls="call-panel-${index}" aria-selected="${isChosen ? 'true' : 'false'}" tabindex="${isChosen ? 0 : -1}">
<span class="tone ${passed ? 'good' : 'bad'}">${passed ? '✓' : '✗'} ${actualStatus ?? 'no answer'}${!passed && ` instead of ${expectedStatus}`}</span><b>${name}</b><code>${method} ${endpoint}</code></button>`;
}

function panel(
  { traceId, durationMs }: TesterCall,
  index: number,
  isChosen: boolean,
  { traces, logs, run }: Signals,
  grafana: string | undefined,
): Html {
  const lines = logs.get(traceId) ?? [];
  return html`<div class="followed" role="tabpanel" id="call-panel-${index}" aria-labelledby="call-${index}" tabindex="0"${!isChosen && html` hidden`}>
<section class="card trace"><h3>Trace <span>Tempo</span></h3><p class="sub"><code>${traceId}</code>, ${durationMs} ms for the caller${grafana !== undefined && html` · <a href="${exploreTrace(grafana, traceId, new Date(run.startedAt))}">open in Grafana</a>`}</p>${waterfall(traces.get(traceId) ?? [])}</section>
<section class="card logs"><h3>Log lines <span>Loki</span></h3>${
    lines.length === 0 ? html`<p class="sub">Not in Loki yet.</p>` : html`<ol class="lines">${lines.map(logLine)}</ol>`
  }</section></div>`;
}

/** Fields that are shown next to a line's text, not in its details. */
const headLabels = new Set(['severity_text', 'detected_level', 'level']);
/** Labels that Loki adds; they are not part of the line. */
const hidden = new Set(['observed_timestamp', 'flags', 'severity_number', 'scope_name', ...headLabels]);

function logLine({ time, text, labels }: LogLine): Html {
  const level = (labels['severity_text'] ?? labels['detected_level'] ?? labels['level'] ?? '').toLowerCase();
  const rest = Object.entries(labels).filter(([name]) => !hidden.has(name));
  return html`<li><details open><summary><span class="number">${clock(time)}</span> <b class="level ${levelTone(level)}">${level || 'no level'}</b> <span class="text">${text}</span></summary>
<dl>${rest.map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl></details></li>`;
}

function levelTone(level: string): string {
  if (/error|fatal|critical/.test(level)) return 'bad';
  return level.startsWith('warn') ? 'warn' : 'calm';
}

/** `12:00:05.123` of a time in milliseconds. */
function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 23);
}
