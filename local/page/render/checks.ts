import { checkCards, type Html, html, type Report, type Waiting, waitingText } from '../../../report';
import { nameOf } from '../runs';

/**
 * The checks of the run with their evidence, in groups, and what those that are not done wait for. Passed checks are
 * collapsed, others are open.
 */
export function checksSection(
  report: Report | undefined,
  { waiting, isDeployed }: { readonly waiting: readonly Waiting[]; readonly isDeployed: boolean },
): Html {
  const groups = report?.steps.find(({ name }) => name === verifying)?.items ?? [];
  const checks = groups.flatMap(({ evidence: { checks: list } }) => (isList(list) ? list : []));
  const waits =
    waiting.length > 0 &&
    html`<p class="sub">Waiting for:</p><ul class="waits">${waiting.map((one) => html`<li>${waitingText(one, timeOfDay)}</li>`)}</ul>`;
  if (report === undefined || checks.length === 0)
    return html`<p class="empty">No check has come back yet.</p>${waits}`;
  const count = (outcome: string): number => checks.filter((check) => check['outcome'] === outcome).length;
  const [late, warned] = [count('not-evaluated'), count('warned')];
  const evidenceUrl = isDeployed
    ? (check: string): string => `/_page/runs/${nameOf(report)}/evidence/${encodeURIComponent(check)}`
    : undefined;
  return html`<p class="sub"><span class="tone good">${count('passed')} passed</span> · <span class="tone ${count('failed') > 0 ? 'bad' : 'calm'}">${count('failed')} failed</span> · <span class="tone ${late > 0 ? 'warn' : 'calm'}">${late} not evaluated</span>${warned > 0 ? html` · <span class="tone warn">${warned} warned</span>` : ''}</p>${waits}
<div class="card groups">${groups.map(({ name, evidence: { checks: list } }) =>
    isList(list)
      ? html`<h3>${name}</h3>${recordsOf(list, evidenceUrl)}`
      : html`<h3>${name}</h3><p class="sub">running …</p>`,
  )}</div>`;
}

/** `14:03` UTC. */
function timeOfDay(at: Date): string {
  return `${at.toISOString().slice(11, 16)} UTC`;
}

export const verifying = 'VerifySignals';

type Check = Readonly<Record<string, unknown>>;

function isList(value: unknown): value is readonly Check[] {
  return Array.isArray(value) && value.every((check) => typeof check === 'object' && check !== null);
}

/** Replaces the bucket's address by one that a browser can open; without a bucket there is none. */
function recordsOf(checks: readonly Check[], evidenceUrl: ((check: string) => string) | undefined): Html {
  return html`${checkCards(
    checks.map(({ evidence: stored, ...check }) => ({
      ...check,
      ...(typeof stored === 'string' && evidenceUrl && { evidence: evidenceUrl(String(check['name'])) }),
    })),
  )}`;
}
