import type { ReportItem, ReportStep } from '../report';
import { evidence } from './evidence';
import { type Html, html } from './html';
import { changeTone, duration, outcomeTones, outcomeWords, type Tone } from './words';

/** Renders a step as a foldable section: result, tries, items and evidence. */
export function stepSection(step: ReportStep): Html {
  const isBad = outcomeTones[step.outcome] === 'bad' || step.change === 'failed';
  const isEvidence = step.items.some(({ evidence: proof }) => 'checks' in proof) || 'calls' in step.evidence;
  return html`<details class="step"${(isBad || isEvidence) && openAttribute} id="${step.name}"><summary>
<span class="light ${lightOf(step)}" aria-hidden="true"></span><span class="name">${step.name}</span>
<span class="change">${mark(step)}</span><span class="detail">${step.failure ? html`<b>${step.failure.error}</b> ${short(step.failure.message)}` : saidOf(step)}</span>
<span class="time">${duration(step.seconds)}</span></summary>
<div class="body">${step.failure && step.failure.message.length > longest && html`<p class="why">${step.failure.message}</p>`}${step.items.length > 0 && items(step.items)}${evidence(evidenceOf(step))}${tries(step)}</div></details>`;
}

/** Letters of a failure beside the step's name; the head of the page and the step's body have all of it. */
const longest = 140;

function short(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** The record of a failure repeats it, error and cause. */
const isRecord = ({ change, evidence: proof }: ReportStep): boolean => change === 'failed' && 'cause' in proof;

function saidOf(step: ReportStep): string | undefined {
  return isRecord(step) ? 'The failure is recorded, and this report is stored.' : step.detail;
}

function evidenceOf(step: ReportStep): ReportStep['evidence'] {
  if (!isRecord(step)) return step.evidence;
  const { error: _, cause: __, ...rest } = step.evidence;
  return rest;
}

/** A step can succeed and still report that something failed. */
export function lightOf({ outcome, change }: Pick<ReportStep, 'outcome' | 'change'>): Tone {
  return outcome === 'succeeded' && change !== undefined && /^(failed|drifted|warned|not-evaluated)$/.test(change)
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
  return html`<div class="scroll items" role="group" tabindex="0" aria-label="Items"><table><thead><tr><th scope="col">item</th><th scope="col">result</th><th scope="col">what</th><th scope="col">time</th></tr></thead><tbody>${rows}</tbody></table></div>
${proofs.map((item) => html`<h3>${item.name}</h3><div class="nested">${evidence(item.evidence)}</div>`)}`;
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
  // The last try of a step that failed is its failure, which is told already.
  const failed = step.tries.filter(({ failure }) => failure && failure.message !== step.failure?.message);
  if (failed.length === 0 && step.visits < 2) return undefined;
  const lines = failed.map(
    (attempt) =>
      html`<tr><td class="number">at ${duration(attempt.offset)}</td><td>${attempt.failure?.error}</td><td>${attempt.failure?.message}</td></tr>`,
  );
  const visits = step.visits > 1 ? html`<p class="sub">It was checked ${step.visits} times.</p>` : undefined;
  return html`${visits}${lines.length > 0 && html`<h3>failed tries</h3><div class="scroll" role="group" tabindex="0" aria-label="Failed tries"><table><tbody>${lines}</tbody></table></div>`}`;
}
