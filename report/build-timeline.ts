import { readCause } from './cause';
import { failureOf, type HistoryEvent, type MapIteration, timeOf } from './history';
import { readResult } from './result';
import type { Attempt, Item, Outcome, StateKind, Timeline, Visit } from './timeline';

/**
 * Builds a timeline from the events of GetExecutionHistory (all pages, oldest first; incomplete while the execution
 * runs). Events of concurrent Map items are interleaved. `previousEventId` leads each event back to its state or Map
 * item, as Step Functions documents it.
 */
export function buildTimeline(events: readonly HistoryEvent[]): Timeline {
  const builder = new Builder();
  for (const event of events) builder.add(event);
  return builder.timeline();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenVisit = Mutable<Omit<Visit, 'attempts' | 'items'>> & { attempts: Mutable<Attempt>[]; items: OpenItem[] };
type OpenItem = Mutable<Omit<Item, 'visits'>> & { visits: OpenVisit[] };

/** The position for the next event: the list of visits to append to, the open visit in it, and the enclosing scope. */
interface Scope {
  readonly visits: OpenVisit[];
  readonly current?: OpenVisit;
  readonly item?: OpenItem;
  readonly parent?: Scope;
}

class Builder {
  private readonly root: OpenVisit[] = [];
  private readonly scopes = new Map<number, Scope>();
  private outcome: Outcome = 'running';
  private startedAt = 0;
  private endedAt: number | undefined;
  private input: string | undefined;
  private failure: Timeline['failure'];
  private latest: Scope = { visits: this.root };

  add(event: HistoryEvent): void {
    const before =
      this.scopes.get(event.previousEventId ?? 0) ?? (event.previousEventId ? this.latest : { visits: this.root });
    const after = this.apply(event, before);
    if (event.id !== undefined) this.scopes.set(event.id, after);
    this.latest = after;
  }

  timeline(): Timeline {
    return {
      outcome: this.outcome,
      startedAt: this.startedAt,
      ...(this.endedAt !== undefined && { endedAt: this.endedAt }),
      ...(this.input !== undefined && { input: this.input }),
      visits: this.root,
      ...(this.failure && { failure: this.failure }),
    };
  }

  private apply(event: HistoryEvent, scope: Scope): Scope {
    const type = event.type ?? '';
    const at = timeOf(event);
    if (this.startedAt === 0) this.startedAt = at;
    if (type.startsWith('Execution')) return this.execution(event, type, at, scope);
    if (type.endsWith('StateEntered'))
      return enter(event, type.slice(0, -'StateEntered'.length) as StateKind, at, scope);
    if (type.startsWith('MapIteration')) return iteration(event, type, at, scope);
    const visitScope = type.startsWith('MapState') || type.startsWith('ParallelState') ? ownerScope(scope) : scope;
    const visit = visitScope.current;
    if (!visit) return scope;
    if (type.endsWith('StateExited')) {
      close(visit, at, 'succeeded');
      return { ...visitScope };
    }
    step(event, type, at, visit);
    return visitScope;
  }

  private execution(event: HistoryEvent, type: string, at: number, scope: Scope): Scope {
    if (type === 'ExecutionStarted') {
      this.input = event.executionStartedEventDetails?.input;
      return scope;
    }
    if (type === 'ExecutionRedriven') {
      this.outcome = 'running';
      this.endedAt = undefined;
      this.failure = undefined;
      return { visits: this.root };
    }
    const ended = executionOutcomes[type];
    if (!ended) return scope;
    this.outcome = ended;
    this.endedAt = at;
    if (ended !== 'succeeded') {
      this.failure = readCause(
        event.executionFailedEventDetails ?? event.executionAbortedEventDetails ?? event.executionTimedOutEventDetails,
      );
      // A state that failed without a task (missing path, too much data) has its error only in the execution's event.
      const open = this.root.findLast(({ exitedAt }) => exitedAt === undefined);
      if (ended === 'failed' && open && open.kind !== 'Fail') open.failure ??= this.failure;
      closeAll(this.root, at, ended === 'failed' ? 'failed' : ended);
    }
    return scope;
  }
}

const executionOutcomes: Readonly<Record<string, Outcome>> = {
  ExecutionSucceeded: 'succeeded',
  ExecutionFailed: 'failed',
  ExecutionAborted: 'aborted',
  ExecutionTimedOut: 'timed-out',
};

function enter(event: HistoryEvent, kind: StateKind, at: number, scope: Scope): Scope {
  if (scope.current?.kind === 'Parallel' && scope.current.exitedAt === undefined) {
    const branch: OpenItem = { index: scope.current.items.length, outcome: 'running', startedAt: at, visits: [] };
    scope.current.items.push(branch);
    return enter(event, kind, at, { visits: branch.visits, item: branch, parent: scope });
  }
  // A caught failure may have no StateExited event: the next state's entry closes the visit.
  if (scope.current) close(scope.current, at, scope.current.failure ? 'caught' : 'succeeded');
  const name = event.stateEnteredEventDetails?.name ?? '?';
  const visit: OpenVisit = { name, kind, enteredAt: at, outcome: 'running', attempts: [], items: [] };
  scope.visits.push(visit);
  return { ...scope, current: visit };
}

function iteration(event: HistoryEvent, type: string, at: number, scope: Scope): Scope {
  const details = iterationOf(event);
  if (type === 'MapIterationStarted') {
    const around = mapScope(scope, details?.name);
    const map = around?.current;
    if (!map) return scope;
    const item: OpenItem = { index: details?.index ?? map.items.length, outcome: 'running', startedAt: at, visits: [] };
    const place = map.items.findIndex((other) => other.index > item.index);
    map.items.splice(place === -1 ? map.items.length : place, 0, item);
    return { visits: item.visits, item, parent: around };
  }
  const item =
    scope.item ?? mapScope(scope, details?.name)?.current?.items.find(({ index }) => index === details?.index);
  if (!item) return scope;
  item.outcome = type === 'MapIterationSucceeded' ? 'succeeded' : type === 'MapIterationFailed' ? 'failed' : 'aborted';
  item.endedAt = at;
  closeAll(item.visits, at, item.outcome);
  return scope;
}

function iterationOf(event: HistoryEvent): MapIteration | undefined {
  return (
    event.mapIterationStartedEventDetails ??
    event.mapIterationSucceededEventDetails ??
    event.mapIterationFailedEventDetails ??
    event.mapIterationAbortedEventDetails
  );
}

/** The scope whose open visit is the Map called `name` (the nearest Map without a name). */
function mapScope(scope: Scope, name: string | undefined): Scope | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    if (at.current?.kind === 'Map' && (name === undefined || at.current.name === name)) return at;
  }
  return undefined;
}

/** A Map's own events may follow events of its items; they belong to the enclosing scope. */
function ownerScope(scope: Scope): Scope {
  const { current } = scope;
  const isOwner = current && current.exitedAt === undefined && (current.kind === 'Map' || current.kind === 'Parallel');
  return isOwner || !scope.parent ? scope : scope.parent;
}

function step(event: HistoryEvent, type: string, at: number, visit: OpenVisit): void {
  if (type === 'TaskScheduled' || type === 'LambdaFunctionScheduled') visit.attempts.push({ startedAt: at });
  else if (type === 'TaskSucceeded' || type === 'LambdaFunctionSucceeded') {
    const result = readResult((event.taskSucceededEventDetails ?? event.lambdaFunctionSucceededEventDetails)?.output);
    if (result) visit.result = result;
    delete visit.failure;
    endAttempt(visit, at);
  } else if (type === 'MapStateStarted') {
    const length = event.mapStateStartedEventDetails?.length;
    if (length !== undefined) visit.expected = length;
  } else if (type === 'ParallelStateSucceeded') {
    for (const branch of visit.items) {
      branch.outcome = 'succeeded';
      branch.endedAt ??= branch.visits.at(-1)?.exitedAt ?? at;
    }
  } else if (type.endsWith('StateAborted')) close(visit, at, 'aborted');
  else if (type === 'MapStateFailed' || type === 'ParallelStateFailed') {
    visit.failure = firstFailure(visit) ?? readCause(undefined);
  } else {
    const failure = failureOf(event);
    if (!failure) return;
    visit.failure = readCause(failure);
    endAttempt(visit, at, visit.failure);
  }
}

function endAttempt(visit: OpenVisit, at: number, failure?: Attempt['failure']): void {
  const attempt = visit.attempts.at(-1);
  if (!attempt) return;
  attempt.endedAt = at;
  if (failure) attempt.failure = failure;
}

function firstFailure(visit: OpenVisit): Visit['failure'] {
  for (const item of visit.items) for (const inner of item.visits) if (inner.failure) return inner.failure;
  return undefined;
}

/** Closes an open visit with `outcome`, or with `caught` when it failed and the machine went on by its Catch. */
function close(visit: OpenVisit, at: number, outcome: Outcome): void {
  if (visit.exitedAt !== undefined) return;
  visit.exitedAt = at;
  if (outcome === 'succeeded' && visit.failure) visit.outcome = 'caught';
  else if (outcome === 'failed' && visit.kind !== 'Fail' && !visit.failure) visit.outcome = 'aborted';
  else visit.outcome = outcome;
}

function closeAll(visits: readonly OpenVisit[], at: number, outcome: Outcome): void {
  for (const visit of visits) {
    for (const item of visit.items) {
      if (item.endedAt === undefined) {
        item.endedAt = at;
        item.outcome = outcome === 'succeeded' ? 'succeeded' : outcome === 'failed' ? 'aborted' : outcome;
      }
      closeAll(item.visits, at, outcome);
    }
    close(visit, at, outcome);
  }
}
