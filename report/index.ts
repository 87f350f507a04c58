export { buildTimeline } from './build-timeline';
export { type Cause, readCause } from './cause';
export type { HistoryEvent } from './history';
export type { TaskResult } from './result';
export { currentVisit, failedStep, type ItemLine, type Step, stepsOf } from './steps';
export type { Attempt, Item, Outcome, StateKind, Timeline, Visit } from './timeline';
