import type { Values } from './content';

/** The service's objective, from grafana/slo.json: what panels and rules measure availability by. */
export interface Objective {
  /** Share of requests to answer without a server error, below 1. */
  readonly objective: number;
  /** Days over which it is to hold, and over which the error budget is counted. */
  readonly windowDays: number;
  /** Label matchers of the series that count users' requests: health checks, readiness probes and scrapes are none. */
  readonly userRequests: string;
}

/**
 * Placeholders of the queries and texts in grafana/: `@{objective}` in per cent, `@{errorBudget}` as a share, and the
 * window.
 */
export function objectiveValues({ objective, windowDays, userRequests }: Objective): Values {
  return {
    userRequests,
    objective: decimal(objective * 100),
    errorBudget: decimal(1 - objective),
    sloWindow: `${windowDays}d`,
    sloDays: String(windowDays),
  };
}

/** Without the last digits of binary fractions: 1 - 0.995 is 0.0050000000000000044. */
function decimal(value: number): string {
  return String(Number(value.toPrecision(10)));
}
