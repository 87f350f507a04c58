import type { Report } from '../report';
import { startedByDiff } from '../run-name';
import { anchorOf, isLink } from './evidence';
import { Html, html } from './html';
import { machineDrawing } from './machine';
import { stepSection } from './step-section';
import { style } from './style';
import { changeTone, duration, outcomeTones, type Tone } from './words';

/**
 * Renders the report as a self-contained HTML page: no script, no request, no font. Everything from the history is
 * escaped, and the content security policy allows only the style sheet.
 */
export function renderPage(report: Report): string {
  const title = `${report.stack}: ${report.machine} ${verdict(report)}`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${title}</title><style>${new Html(style)}</style></head><body><main>
${renderHeading(report)}
<h2>The machine as it ran</h2><div class="card frame" role="group" tabindex="0" aria-label="The machine as it ran">${machineDrawing(report)}</div>
<h2>Step by step</h2><div class="card steps">${report.steps.map(stepSection)}</div>
${links(report)}
<footer><p>Made from the execution’s own history by ${report.machine === 'setup' ? 'the setup' : 'the teardown'} itself, ${day(report.generatedAt)}.</p><p><code>${report.execution}</code></p></footer>
</main></body></html>
`.text;
}

/** The head of the page: verdict, execution, failure if any, and figures. The live page uses it too. */
export function renderHeading(report: Report): Html {
  return html`<header><span class="verdict ${toneOf(report)}">${verdict(report)}</span>
<h1>${headline(report)}</h1>
<p class="sub">${report.stack} · <time datetime="${report.startedAt}">${day(report.startedAt)}</time>${report.mode && ` · mode ${report.mode}`}${startedByDiff(report) && ' · started by sls diff'}</p></header>
${report.failure && failurePanel(report, report.failure)}
<div class="tiles">${tiles(report)}</div>`;
}

/** A run in a few words: `failed`, `drift found`, `refused`. */
export function verdict(report: Pick<Report, 'outcome' | 'failure'>): string {
  const { outcome, failure } = report;
  if (isRefused(report)) return 'refused';
  if (failure?.error === 'DriftFound') return 'drift found';
  return outcome === 'aborted' ? 'stopped' : outcome === 'timed-out' ? 'timed out' : outcome;
}

/** The tone of its verdict: drift and a refused lock are no breakdown. */
export function toneOf(report: Pick<Report, 'outcome' | 'failure'>): Tone {
  return isRefused(report) || report.failure?.error === 'DriftFound' ? 'warn' : outcomeTones[report.outcome];
}

/** Whether the run ended at once because another held the lock. */
export function isRefused({ failure }: Pick<Report, 'failure'>): boolean {
  return failure?.error === 'SetupAlreadyRunning';
}

function headline(report: Report): string {
  const what = report.machine === 'setup' ? 'The observability stack' : 'The teardown';
  if (isRefused(report)) return 'This run was refused, as another was under way';
  if (report.outcome === 'succeeded') {
    if (report.machine === 'teardown') return `${what} removed what CloudFormation cannot`;
    const { checks } = report;
    const isProved = checks !== undefined && checks.failed + checks.notEvaluated === 0;
    if (report.mode === 'verify') return `${what} has not drifted${isProved ? ' and all checks passed' : ''}`;
    return `${what} is set up${isProved ? ' and all checks passed' : ''}`;
  }
  if (report.outcome === 'running') return `${what} is in progress`;
  if (report.failure?.error === 'DriftFound') return `${what} has drifted`;
  return report.failure?.step ? `${what} stopped at ${report.failure.step}` : `${what} did not finish`;
}

/** The failed checks lead to their cards; any other failure leads to its step. */
function failurePanel(report: Report, failure: NonNullable<Report['failure']>): Html {
  const failed = failedChecks(report);
  const { furtherFailures = [] } = report;
  const said = failure.message.split('\n').filter((line) => line.trim() !== '');
  return html`<section class="failure" aria-labelledby="failure-title"><h2 id="failure-title">${failure.step ?? 'The execution'}: ${failure.error}</h2>${said.map((line) => html`<p>${line}</p>`)}${
    failed.length > 0
      ? html`<ul>${failed.map((name) => html`<li><a href="#${anchorOf(name)}">Show the failed check ${name}</a></li>`)}</ul>`
      : failure.step && html`<p><a href="#${failure.step}">Show the failed step</a></p>`
  }${furtherFailures.map(({ step, error, message }) => html`<p><a href="#${step}">${step}</a> failed after it, too: ${error}: ${message}</p>`)}</section>`;
}

/** The names of the checks that failed, in order. */
function failedChecks({ steps }: Report): readonly string[] {
  return steps
    .flatMap(({ items }) => items)
    .flatMap(({ evidence: { checks } }) => (Array.isArray(checks) ? (checks as readonly unknown[]) : []))
    .filter((check) => typeof check === 'object' && check !== null && 'outcome' in check && check.outcome === 'failed')
    .map((check) => String((check as { readonly name?: unknown }).name));
}

function tiles(report: Report): readonly (Html | undefined)[] {
  const tile = (value: string | number, label: string, tone: Tone | '' = ''): Html =>
    html`<div class="tile ${tone}"><b>${value}</b><span>${label}</span></div>`;
  const changes = order.filter((change) => report.changes[change] !== undefined);
  const checks = (count: number, what: string, tone: Tone): Html | undefined =>
    count > 0 ? tile(count, `${count === 1 ? 'check' : 'checks'} ${what}`, tone) : undefined;
  const { passed, failed, notEvaluated, warned = 0 } = report.checks ?? { passed: 0, failed: 0, notEvaluated: 0 };
  return [
    tile(duration(report.seconds), 'from start to end'),
    tile(
      report.steps.length,
      report.notReached.length > 0
        ? `states, ${report.notReached.length} ${report.outcome === 'running' ? 'to come' : 'not reached'}`
        : 'states',
    ),
    ...changes.map((change) => tile(report.changes[change] ?? 0, change, changeTone(change))),
    checks(passed, 'passed', 'good'),
    checks(failed, 'failed', 'bad'),
    checks(warned, 'warned', 'warn'),
    checks(notEvaluated, 'not evaluated', 'warn'),
  ];
}

/** Counts of passed and failed come from the checks: a state reports only one outcome for all of its checks. */
const order = ['added', 'updated', 'removed', 'unchanged', 'drifted'];

function links(report: Report): Html | undefined {
  const shown = Object.entries(report.links);
  if (shown.length === 0) return undefined;
  return html`<h2>Where to go</h2><div class="card links">${shown.map(
    ([name, url]) =>
      html`<p class="fact"><span>${name}</span> ${isLink(url) ? html`<a href="${url}">${url}</a>` : html`<code>${url}</code>`}</p>`,
  )}</div>`;
}

/** `23 Nov 2026, 12:00:05 UTC` from an ISO time. */
function day(iso: string): string {
  const [, year, month, date, time] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(iso) ?? [];
  return `${Number(date)} ${months[Number(month) - 1]} ${year}, ${time} UTC`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
