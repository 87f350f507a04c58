import { buildTimeline } from './build-timeline';
import type { Cause } from './cause';
import { type CheckCounts, countChanges, countChecks } from './counts';
import { withTraceLinks } from './explore-link';
import type { HistoryEvent } from './history';
import { plannedStates } from './planned';
import { redact } from './redact';
import { failedStep, furtherFailures, type ItemLine, type Step, stepsOf } from './steps';
import type { Outcome, Timeline, Visit } from './timeline';

/** What a report needs besides the execution's history. */
export interface ReportContext {
  readonly executionArn: string;
  readonly machine: 'setup' | 'teardown';
  readonly stack: string;
  readonly generatedAt: Date;
  /** The state that writes this report. The execution still runs then; the report shows it as ended. */
  readonly writtenBy?: string;
  /** The state machine's definition (ASL), to show the states that were not reached. */
  readonly definition?: unknown;
  /** Shown as links when they are http(s) URLs. */
  readonly links?: Readonly<Record<string, string>>;
}

/** The audit report as JSON; the page renders it. Times are ISO 8601, durations seconds. */
export interface Report {
  readonly format: 1;
  readonly machine: 'setup' | 'teardown';
  readonly stack: string;
  readonly execution: string;
  readonly generatedAt: string;
  readonly outcome: Outcome;
  readonly mode?: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly failure?: Cause & { readonly step?: string };
  /** Failures after the first, while the run ended; undefined when there are none. */
  readonly furtherFailures?: readonly (Cause & { readonly step: string })[];
  /** The number of steps and items by outcome: `{ "added": 3, "passed": 12 }`. */
  readonly changes: Readonly<Record<string, number>>;
  /** The number of signal checks by outcome; undefined before the first. */
  readonly checks?: CheckCounts;
  readonly steps: readonly ReportStep[];
  readonly notReached: readonly string[];
  readonly links: Readonly<Record<string, string>>;
}

export interface ReportStep {
  readonly name: string;
  readonly kind: string;
  readonly outcome: Outcome;
  readonly change?: string;
  readonly detail?: string;
  /** Seconds from the start of the execution to the first entry of this step. */
  readonly offset: number;
  readonly seconds: number;
  /** How often the execution entered this state (loops). */
  readonly visits: number;
  readonly tries: readonly ReportTry[];
  readonly failure?: Cause;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly items: readonly ReportItem[];
}

export interface ReportTry {
  readonly offset: number;
  readonly seconds: number;
  readonly failure?: Cause;
}

export interface ReportItem {
  readonly name: string;
  readonly outcome: Outcome;
  readonly change?: string;
  readonly detail?: string;
  readonly offset: number;
  readonly seconds: number;
  readonly tries: number;
  readonly failure?: Cause;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Builds the report of an execution from its whole history, oldest event first. Masks credentials. */
export function createReport(events: readonly HistoryEvent[], context: ReportContext): Report {
  const timeline = buildTimeline(events);
  const end = timeline.endedAt ?? context.generatedAt.getTime();
  const steps = stepsOf(timeline, end);
  const reached = new Set(steps.map(({ name }) => name));
  const mode = modeOf(timeline.input);
  const failure = failureOf(timeline);
  const further = furtherFailures(timeline).flatMap((step) =>
    step.failure ? [{ ...step.failure, step: step.name }] : [],
  );
  const checks = countChecks(steps);
  const report: Report = {
    format: 1,
    machine: context.machine,
    stack: context.stack,
    execution: context.executionArn,
    generatedAt: context.generatedAt.toISOString(),
    outcome: outcomeOf(timeline, context.writtenBy),
    ...(mode !== undefined && { mode }),
    startedAt: new Date(timeline.startedAt).toISOString(),
    seconds: seconds(timeline.startedAt, end),
    ...(failure && { failure }),
    ...(further.length > 0 && { furtherFailures: further }),
    changes: countChanges(steps),
    ...(checks && { checks }),
    steps: linked(
      steps.map((step) => writer(reportStep(step, timeline.startedAt, end), context.writtenBy)),
      timeline.startedAt,
    ),
    notReached:
      timeline.outcome === 'succeeded' ? [] : plannedStates(context.definition).filter((name) => !reached.has(name)),
    links: context.links ?? {},
  };
  return redact(report) as Report;
}

function outcomeOf(timeline: Timeline, writtenBy: string | undefined): Outcome {
  if (timeline.outcome !== 'running') return timeline.outcome;
  if (failedStep(timeline)) return 'failed';
  return writtenBy !== undefined && timeline.visits.at(-1)?.name === writtenBy ? 'succeeded' : 'running';
}

function failureOf(timeline: Timeline): Report['failure'] {
  const step = failedStep(timeline);
  const cause = step?.failure ?? timeline.failure;
  return cause && { ...cause, ...(step && { step: step.name }) };
}

/** Shows the state that writes the report as succeeded: it has not ended yet, but it has when the report is read. */
function writer(step: ReportStep, writtenBy: string | undefined): ReportStep {
  if (step.name !== writtenBy || step.outcome !== 'running') return step;
  return { ...step, outcome: 'succeeded', change: 'done', detail: 'wrote this report' };
}

/** Adds links to the tester's calls, if a step returned the workspace's endpoint. */
function linked(steps: readonly ReportStep[], startedAt: number): readonly ReportStep[] {
  const grafana = steps.map(({ evidence }) => endpointOf(evidence)).find((endpoint) => endpoint !== undefined);
  if (grafana === undefined) return steps;
  return steps.map((step) => {
    const { calls } = step.evidence;
    if (!areCalls(calls)) return step;
    const at = new Date(startedAt + step.offset * 1000);
    return { ...step, evidence: { ...step.evidence, calls: withTraceLinks(calls, grafana, at) } };
  });
}

function endpointOf({ workspace }: ReportStep['evidence']): string | undefined {
  const endpoint = typeof workspace === 'object' && workspace !== null && 'endpoint' in workspace && workspace.endpoint;
  return typeof endpoint === 'string' && endpoint !== '' ? endpoint : undefined;
}

function areCalls(value: unknown): value is readonly { readonly traceId: string }[] {
  return (
    Array.isArray(value) &&
    value.every(
      (call: unknown) =>
        typeof call === 'object' && call !== null && 'traceId' in call && typeof call.traceId === 'string',
    )
  );
}

/** The `mode` of an execution's input: `apply`, `verify` or `drill`. */
export function modeOf(input: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(input ?? '');
    const mode = typeof value === 'object' && value !== null && 'mode' in value ? value.mode : undefined;
    return typeof mode === 'string' ? mode : undefined;
  } catch {
    return undefined;
  }
}

function reportStep(step: Step, startedAt: number, end: number): ReportStep {
  const first = step.visits[0];
  return {
    name: step.name,
    kind: step.kind,
    outcome: step.outcome,
    ...(step.change !== undefined && { change: step.change }),
    ...(step.detail !== undefined && { detail: step.detail }),
    offset: seconds(startedAt, first?.enteredAt ?? startedAt),
    seconds: step.seconds,
    visits: step.visits.length,
    tries: step.visits.flatMap((visit) => tries(visit, startedAt, end)),
    ...(step.failure && { failure: step.failure }),
    evidence: step.visits.at(-1)?.result?.evidence ?? {},
    items: step.items.map((item) => reportItem(item, startedAt)),
  };
}

function tries(visit: Visit, startedAt: number, end: number): readonly ReportTry[] {
  return visit.attempts.map((attempt) => ({
    offset: seconds(startedAt, attempt.startedAt),
    seconds: seconds(attempt.startedAt, attempt.endedAt ?? visit.exitedAt ?? end),
    ...(attempt.failure && { failure: attempt.failure }),
  }));
}

function reportItem(item: ItemLine, startedAt: number): ReportItem {
  const evidence = item.visits.findLast(({ result }) => result)?.result?.evidence ?? {};
  // `detail` shows the tally already.
  const { name, tally: _, ...rest } = evidence;
  return {
    name: typeof name === 'string' ? name : `${item.visits[0]?.name ?? 'item'} ${item.index + 1}`,
    outcome: item.outcome,
    ...(item.change !== undefined && { change: item.change }),
    ...(item.detail !== undefined && { detail: item.detail }),
    offset: seconds(startedAt, item.startedAt),
    seconds: item.seconds,
    tries: item.visits.reduce((sum, { attempts }) => sum + attempts.length, 0),
    ...(item.failure && { failure: item.failure }),
    evidence: rest,
  };
}

function seconds(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 10) / 100);
}
