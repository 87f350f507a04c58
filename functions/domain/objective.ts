import type { Values } from './content';

/** The service's objective from grafana/slo.json. Panels and rules measure availability against it. */
export interface Objective {
  /** Share of requests to answer without a server error, below 1. */
  readonly objective: number;
  /** Window of the objective and of the error budget, in days. */
  readonly windowDays: number;
  /** Label matchers of the series that count users' requests, without health checks, readiness probes and scrapes. */
  readonly userRequests: string;
}

/** Values for the placeholders in grafana/: `@{objective}` in per cent, `@{errorBudget}` as a share, and the window. */
export function objectiveValues({ objective, windowDays, userRequests }: Objective): Values {
  return {
    userRequests,
    objective: decimal(objective * 100),
    errorBudget: decimal(1 - objective),
    sloWindow: `${windowDays}d`,
    sloDays: String(windowDays),
  };
}

/** Rounds away floating-point noise: 1 - 0.995 is 0.0050000000000000044. */
function decimal(value: number): string {
  return String(Number(value.toPrecision(10)));
}
