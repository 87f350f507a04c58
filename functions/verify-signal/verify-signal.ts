import type { AuditStore } from '../domain/audit';
import { type Check, type CheckVerdict, runCheck } from '../domain/checks/check';
import { logChecks } from '../domain/checks/logs';
import { metricChecks } from '../domain/checks/metrics';
import type { SignalGroup } from '../domain/checks/names';
import { traceChecks } from '../domain/checks/traces';
import type { Clock } from '../domain/clock';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { runPrefix } from '../domain/naming';
import type { Outcome, StepResult } from '../domain/results';
import type { Traffic } from '../domain/traffic';

/** A verdict without its evidence, which is in the audit bucket at `evidence`. */
export type VerdictReference = Omit<CheckVerdict, 'evidence'> & { readonly evidence: string };

export interface SignalVerified extends StepResult {
  readonly name: string;
  readonly checks: readonly VerdictReference[];
}

interface VerifySignalDeps {
  readonly session: GrafanaSession;
  readonly audit: AuditStore;
  readonly clock: Clock;
}

/** Runs the checks of a group side by side, stores what each saw, and answers the verdicts. A failed check does not throw. */
export async function verifySignal(
  {
    item,
    execution,
    access,
    traffic,
  }: { readonly item: SignalGroup; readonly execution: string; readonly access: Access; readonly traffic: Traffic },
  { session, audit, clock }: VerifySignalDeps,
): Promise<SignalVerified> {
  const verdicts = await session(access, `verify-${item}`, (grafana) =>
    Promise.all(checksOf[item](grafana, traffic, clock).map((check) => runCheck(check, clock))),
  );
  const checks = await Promise.all(verdicts.map((verdict) => store(verdict, execution, audit)));
  return { name: item, outcome: overall(checks), detail: checks.map(describe).join('; ').slice(0, 2_000), checks };
}

const checksOf: Readonly<Record<SignalGroup, (grafana: Grafana, traffic: Traffic, clock: Clock) => readonly Check[]>> =
  {
    traces: traceChecks,
    logs: logChecks,
    metrics: metricChecks,
  };

async function store(verdict: CheckVerdict, execution: string, audit: AuditStore): Promise<VerdictReference> {
  const key = `${runPrefix(execution)}evidence/${verdict.name}.json`;
  await audit.write(key, JSON.stringify(verdict, undefined, 2), 'application/json');
  const { evidence: _, query, expected, found, ...rest } = verdict;
  // A state holds 256 KiB in all: the whole text is in the bucket.
  return {
    ...rest,
    query: query.slice(0, 300),
    expected: expected.slice(0, 300),
    found: found.slice(0, 500),
    evidence: audit.location(key),
  };
}

function overall(checks: readonly VerdictReference[]): Outcome {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return checks.some(({ outcome }) => outcome === 'not-evaluated') ? 'not-evaluated' : 'passed';
}

function describe({ name, outcome, found, after }: VerdictReference): string {
  return `${name} ${outcome}: ${found.slice(0, 160)} (${(after / 1000).toFixed(1)} s)`;
}
