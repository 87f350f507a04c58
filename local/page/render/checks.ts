import { evidence, type Html, html, type Report } from '../../../report';

/** The checks of the run with their evidence, in groups. Passed checks are collapsed, others are open. */
export function checksSection(report: Report | undefined, evidenceUrl: (check: string) => string): Html {
  const groups = report?.steps.find(({ name }) => name === verifying)?.items ?? [];
  const checks = groups.flatMap(({ evidence: { checks: list } }) => (isList(list) ? list : []));
  if (checks.length === 0) return html`<p class="empty">No check has come back yet.</p>`;
  const count = (outcome: string): number => checks.filter((check) => check['outcome'] === outcome).length;
  const late = count('not-evaluated');
  return html`<p class="sub"><span class="tone good">${count('passed')} passed</span> · <span class="tone ${count('failed') > 0 ? 'bad' : 'calm'}">${count('failed')} failed</span> · <span class="tone ${late > 0 ? 'warn' : 'calm'}">${late} not evaluated</span></p>
<div class="card groups">${groups.map(({ name, evidence: { checks: list } }) =>
    isList(list)
      ? html`<h3>${name}</h3>${recordsOf(list, evidenceUrl)}`
      : html`<h3>${name}</h3><p class="sub">running …</p>`,
  )}</div>`;
}

export const verifying = 'VerifySignals';

type Check = Readonly<Record<string, unknown>>;

function isList(value: unknown): value is readonly Check[] {
  return Array.isArray(value) && value.every((check) => typeof check === 'object' && check !== null);
}

/** Replaces the bucket's address by a URL that a browser can open. */
function recordsOf(checks: readonly Check[], evidenceUrl: (check: string) => string): Html {
  return html`${evidence({
    checks: checks.map((check) => ({
      ...check,
      ...(typeof check['evidence'] === 'string' && { evidence: evidenceUrl(String(check['name'])) }),
    })),
  })}`;
}
