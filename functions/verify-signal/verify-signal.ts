import type { AuditStore } from '../domain/audit';
import { type Check, type CheckVerdict, runCheck } from '../domain/checks/check';
import { contactPointChecks } from '../domain/checks/contact-point';
import { defaultDataSourceCheck } from '../domain/checks/default-data-source';
import { generatedMetricChecks } from '../domain/checks/generated-metrics';
import { linkChecks } from '../domain/checks/links';
import { logChecks } from '../domain/checks/logs';
import { type Counting, metricChecks } from '../domain/checks/metrics';
import type { SignalGroup } from '../domain/checks/names';
import { panelChecks } from '../domain/checks/panels';
import { referenceCheck } from '../domain/checks/references';
import { ruleChecks } from '../domain/checks/rules';
import { serviceChecks } from '../domain/checks/services/service-checks';
import { traceChecks } from '../domain/checks/traces';
import type { Clock } from '../domain/clock';
import type { Content } from '../domain/content';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { progressPrefix, runPrefix } from '../domain/naming';
import type { Outcome, StepResult } from '../domain/results';
import { ownClient, secondWays } from '../domain/second-ways';
import type { ObservedService } from '../domain/services/observed-service';
import type { Traffic } from '../domain/traffic';
import { progressWriter } from './progress';

/** A verdict; its evidence is stored in the audit bucket at `evidence`. */
export type VerdictReference = Omit<CheckVerdict, 'evidence'> & { readonly evidence: string };

/** What the execution's state has of the results: the last changes, each truncated. The evidence has all. */
const SEEN_KEPT = 6;

export interface SignalVerified extends StepResult {
  readonly name: string;
  readonly checks: readonly VerdictReference[];
}

interface VerifySignalInput {
  /** A group of checks, or a service of services.yml. */
  readonly item: SignalGroup | { readonly service: ObservedService };
  readonly execution: string;
  readonly access: Access;
  readonly traffic: Traffic;
  readonly verifyOnly: boolean;
}

interface VerifySignalDeps {
  readonly session: GrafanaSession;
  readonly audit: AuditStore;
  readonly content: Content;
  readonly clock: Clock;
  readonly counting: Counting;
  /** The topic that the contact point must publish to. */
  readonly alertTopicArn: string;
  /** Upper limit for each check's deadline, in milliseconds; no limit if left out. */
  readonly longestDeadline?: number;
}

/**
 * Runs the checks of a group in parallel, stores their evidence, and returns the verdicts. A failed check does not
 * throw.
 */
export async function verifySignal(input: VerifySignalInput, deps: VerifySignalDeps): Promise<SignalVerified> {
  const { item, execution, access } = input;
  const { session, audit, clock, longestDeadline = Number.POSITIVE_INFINITY } = deps;
  const file = typeof item === 'string' ? item : `service-${item.service.name}`;
  const progress = progressWriter(`${progressPrefix(execution)}${file}.json`, audit, clock);
  const [group, checksFor, isWarning] =
    typeof item === 'string'
      ? ([item, checksOf[item], false] as const)
      : (['service', checksOfService(item.service), item.service.require === 'warn'] as const);
  const verdicts = await session(access, `verify-${group}`, (grafana) =>
    Promise.all(
      checksFor(grafana, input, deps).map(async (_, index) => {
        // One client per check, so that each verdict names the routes that proved it.
        const own = ownClient(grafana);
        const check = checksFor(own, input, deps)[index] as Check;
        const verdict = await runCheck(
          { ...check, deadline: Math.min(check.deadline, longestDeadline) },
          clock,
          progress.say,
        );
        progress.done(check.name);
        const told = secondWays(own);
        return told === '' ? verdict : { ...verdict, found: `${verdict.found}; ${told}` };
      }),
    ),
  );
  await progress.end();
  const judged = verdicts.map((verdict) =>
    isWarning && verdict.outcome === 'failed' ? { ...verdict, outcome: 'warned' as const } : verdict,
  );
  const checks = await Promise.all(judged.map((verdict) => store(verdict, execution, audit)));
  return {
    name: typeof item === 'string' ? item : `service ${item.service.name}`,
    outcome: overall(checks),
    detail: checks.map(describe).join('; ').slice(0, 2_000),
    checks,
  };
}

type Checks = (grafana: Grafana, input: VerifySignalInput, deps: VerifySignalDeps) => readonly Check[];

const checksOf: Readonly<Record<SignalGroup, Checks>> = {
  traces: (grafana, { traffic }, { clock, counting: { stage } }) => traceChecks(grafana, traffic, { clock, stage }),
  logs: (grafana, { traffic }, { clock, counting: { stage } }) => logChecks(grafana, traffic, clock, stage),
  metrics: (grafana, { traffic }, { clock, counting }) => [
    ...metricChecks(grafana, traffic, clock, counting),
    ...generatedMetricChecks(grafana, traffic, clock, counting.stage),
  ],
  content: (grafana, { traffic }, { clock, content, counting: { stage } }) => [
    ...panelChecks(grafana, content, clock, { stage, traffic }),
    ...ruleChecks(grafana, content, clock),
    ...linkChecks(grafana, traffic, clock, stage),
    referenceCheck(grafana, content),
    defaultDataSourceCheck(grafana, content),
  ],
  'contact-point': (grafana, { access, verifyOnly }, { content, alertTopicArn }) =>
    contactPointChecks(grafana, content, access.grafanaVersion, { send: !verifyOnly, alertTopicArn }),
};

function checksOfService(service: ObservedService): Checks {
  return (grafana, { traffic }, { clock, counting: { stage } }) => {
    const probe = traffic.probes?.find((each) => each.service === service.name);
    return serviceChecks({ grafana, service, probe, since: new Date(traffic.startedAt), clock, stage });
  };
}

async function store(verdict: CheckVerdict, execution: string, audit: AuditStore): Promise<VerdictReference> {
  const key = `${runPrefix(execution)}evidence/${verdict.name}.json`;
  await audit.write(key, JSON.stringify(verdict, undefined, 2), 'application/json');
  const { evidence: _, query, expected, found, seen, ...rest } = verdict;
  // A state holds 256 KiB in all (aws-facts: state-size): the bucket has the whole text.
  return {
    ...rest,
    query: query.slice(0, 300),
    expected: expected.slice(0, 300),
    found: found.slice(0, 500),
    ...(seen && { seen: seen.slice(-SEEN_KEPT).map((one) => ({ ...one, found: one.found.slice(0, 160) })) }),
    evidence: audit.location(key),
  };
}

function overall(checks: readonly VerdictReference[]): Outcome {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  if (checks.some(({ outcome }) => outcome === 'warned')) return 'warned';
  return checks.some(({ outcome }) => outcome === 'not-evaluated') ? 'not-evaluated' : 'passed';
}

function describe({ name, outcome, found, after }: VerdictReference): string {
  return `${name} ${outcome}: ${found.slice(0, 160)} (${(after / 1000).toFixed(1)} s)`;
}
