import type { Hop } from '../domain/checks/check';
import { DriftFound, SignalsNotVerified } from '../domain/errors';
import type { StepResult } from '../domain/results';

export interface Verdict {
  readonly name: string;
  readonly outcome: string;
  readonly found: string;
  readonly kind?: string | undefined;
  readonly hop?: string | undefined;
  readonly remedy?: string | undefined;
  /** Not evaluated because the workspace's front end refuses a route that the check needs. */
  readonly isRefused?: boolean | undefined;
}

export interface Results {
  /** The outcome of every step and Map item, with the step's name. */
  readonly steps: readonly { readonly step: string; readonly outcome: string; readonly detail: string }[];
  readonly checks: readonly Verdict[];
}

export interface Judged extends StepResult {
  readonly counts: {
    readonly passed: number;
    readonly failed: number;
    readonly notEvaluated: number;
    /** Left out when there is none. */
    readonly warned?: number;
  };
}

/** Hops closest to the data source first: a fault there hides every fault behind it. */
const ROOT_CAUSE_FIRST: readonly Hop[] = [
  ...(['data source', 'gateway', 'service', 'not discovered', 'security group', 'scrape refused', 'no SDK'] as const),
  ...(['collector path', 'store', 'content'] as const),
];

/** The step whose results are the checks. */
const SIGNALS = 'verifySignals';

/**
 * Judges drift and verdicts; throws with the root cause first, each failure on a line of its own. Drift, which only a
 * verification reports, comes first, because it may be the cause of what fails. With `notEvaluated: 'fail'` a check that
 * no engine evaluated counts as failed. A check that the workspace's front end makes impossible is only reported.
 */
export async function judgeResults(
  { steps, checks }: Results,
  { notEvaluated }: { readonly notEvaluated: 'fail' | 'allow' },
): Promise<Judged> {
  const of = (outcome: string) => checks.filter((check) => check.outcome === outcome);
  const warned = of('warned');
  const counts = {
    passed: of('passed').length,
    failed: of('failed').length,
    notEvaluated: of('not-evaluated').length,
    ...(warned.length > 0 && { warned: warned.length }),
  };
  const summary = `${counts.passed} checks passed, ${counts.failed} failed, ${counts.notEvaluated} not evaluated${
    warned.length > 0 ? `, ${warned.length} warned` : ''
  }`;

  const failed = [...of('failed')].sort((a, b) => rank(a) - rank(b)).map(explain);
  const broken = steps.filter(({ step, outcome }) => outcome === 'failed' && step !== SIGNALS);
  const failures = [...broken.map(({ step, detail }) => `${step}: ${detail}`), ...failed];
  const drifted = steps.filter(({ outcome }) => outcome === 'drifted');
  if (drifted.length > 0) throw driftFound(drifted, failures.length === 0 ? [] : [...failures, summary]);
  if (failures.length > 0) throw new SignalsNotVerified([...failures, `${summary}.`].join('\n'));
  const open = of('not-evaluated');
  const tell = (verdicts: readonly Verdict[]) => verdicts.map(({ name, found }) => `${name} (${found})`).join(', ');
  const unexcused = open.filter(({ isRefused }) => !isRefused);
  if (notEvaluated === 'fail' && unexcused.length > 0) throw new SignalsNotVerified(`${summary}: ${tell(unexcused)}.`);
  const told = [...warned, ...open.filter(({ isRefused }) => isRefused)];
  return { outcome: 'passed', detail: told.length > 0 ? `${summary}: ${tell(told)}` : summary, counts };
}

/** Tells what the setup can put back apart from what only CloudFormation can. */
function driftFound(drifted: Results['steps'], failures: readonly string[]): DriftFound {
  const workspace = drifted.filter(({ step }) => step !== 'compareStack');
  const rows = workspace.length > 0 ? workspace.map(({ step, detail }) => `${step}: ${detail}`).join('; ') : undefined;
  const ofStack = drifted.find(({ step }) => step === 'compareStack')?.detail;
  if (failures.length === 0) return new DriftFound(rows, ofStack);
  return rows === undefined
    ? new DriftFound(undefined, [`${ofStack} Besides, this failed, perhaps because of it:`, ...failures].join('\n'))
    : new DriftFound(
        [`${rows}. Besides, this failed, perhaps because of it; run sls setup first:`, ...failures].join('\n'),
        ofStack,
      );
}

function rank({ hop }: Verdict): number {
  const index = ROOT_CAUSE_FIRST.indexOf(hop as Hop);
  return index < 0 ? ROOT_CAUSE_FIRST.length : index;
}

function explain({ name, kind, hop, found, remedy }: Verdict): string {
  return `${name} is ${kind ?? 'wrong'} (${hop ?? 'unknown hop'}): ${found}. ${remedy ?? ''}`.trim();
}
