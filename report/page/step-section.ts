import type { ReportItem, ReportStep } from '../report';
import { evidence } from './evidence';
import { type Html, html } from './html';
import { changeTone, duration, outcomeTones, outcomeWords, type Tone } from './words';

/** Renders a step as a foldable section: result, tries, items and evidence. */
export function stepSection(step: ReportStep): Html {
  const isBad = outcomeTones[step.outcome] === 'bad' || step.change === 'failed';
  const isEvidence = step.items.some(({ evidence: proof }) => 'checks' in proof) || 'calls' in step.evidence;
  return html`<details class="step"${(isBad || isEvidence) && openAttribute} id="${step.name}"><summary>
<span class="light ${lightOf(step)}"></span><span class="name">${step.name}</span>
<span class="change">${mark(step)}</span><span class="detail">${step.failure ? html`<b>${step.failure.error}</b> ${step.failure.message}` : step.detail}</span>
<span class="time">${duration(step.seconds)}</span></summary>
<div class="body">${step.items.length > 0 && items(step.items)}${evidence(step.evidence)}${tries(step)}</div></details>`;
}

/** A step can succeed and still report that something failed. */
export function lightOf({ outcome, change }: Pick<ReportStep, 'outcome' | 'change'>): Tone {
  return outcome === 'succeeded' && change !== undefined && /^(failed|drifted|not-evaluated)$/.test(change)
    ? changeTone(change)
    : outcomeTones[outcome];
}

const openAttribute = html` open`;

function mark(step: Pick<ReportStep, 'change' | 'outcome'>): Html {
  if (step.change !== undefined) return html`<span class="tone ${changeTone(step.change)}">${step.change}</span>`;
  return html`<span class="tone ${outcomeTones[step.outcome]}">${outcomeWords[step.outcome]}</span>`;
}

function items(lines: readonly ReportItem[]): Html {
  const rows = lines.map(
    (item) => html`<tr><td>${item.name}</td><td>${mark(item)}</td><td>${whatOf(item)}</td>
<td class="number">${duration(item.seconds)}${item.tries > 1 && ` (${item.tries} tries)`}</td></tr>`,
  );
  const proofs = lines.filter(({ evidence: proof }) => Object.keys(proof).length > 0);
  return html`<div class="scroll items"><table><thead><tr><th scope="col">item</th><th scope="col">result</th><th scope="col">what</th><th scope="col">time</th></tr></thead><tbody>${rows}</tbody></table></div>
${proofs.map((item) => html`<h4>${item.name}</h4><div class="nested">${evidence(item.evidence)}</div>`)}`;
}

/** For an item with checks: how many passed. The checks follow below. */
function whatOf(item: ReportItem): string | undefined {
  if (item.failure) return `${item.failure.error}: ${item.failure.message}`;
  const checks = item.evidence['checks'];
  if (!Array.isArray(checks)) return item.detail;
  const passed = checks.filter(
    (check: unknown) => typeof check === 'object' && check !== null && 'outcome' in check && check.outcome === 'passed',
  );
  return `${passed.length} of ${checks.length} ${checks.length === 1 ? 'check' : 'checks'} passed`;
}

function tries(step: ReportStep): Html | undefined {
  const failed = step.tries.filter(({ failure }) => failure);
  if (failed.length === 0 && step.visits < 2) return undefined;
  const lines = failed.map(
    (attempt) =>
      html`<tr><td class="number">at ${duration(attempt.offset)}</td><td>${attempt.failure?.error}</td><td>${attempt.failure?.message}</td></tr>`,
  );
  const visits = step.visits > 1 ? html`<p class="sub">It was checked ${step.visits} times.</p>` : undefined;
  return html`${visits}${lines.length > 0 && html`<h4>failed tries</h4><div class="scroll"><table><tbody>${lines}</tbody></table></div>`}`;
}
