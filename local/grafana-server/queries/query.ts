import type { DataSource } from '../data-sources';
import { DataSourceUnreachable } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import type { QueryResult } from './frames';
import { failed } from './frames';

/** One query of /api/ds/query or of an alert rule, its time range in epoch milliseconds. */
export interface Query {
  readonly refId: string;
  readonly model: Readonly<Record<string, unknown>>;
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  readonly maxDataPoints: number;
}

export type QueryRunner = (grafana: WorkspaceState, source: DataSource, query: Query) => Promise<QueryResult>;

/** An unreachable data source is an error of its own refId only. */
export function guarded(runner: QueryRunner): QueryRunner {
  return async (grafana, source, query) => {
    try {
      return await runner(grafana, source, query);
    } catch (error) {
      if (error instanceof DataSourceUnreachable) return failed(error.status, error.message);
      throw error;
    }
  };
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `15s`, `1m30s`, `250ms`; undefined for anything else. */
export function parseDuration(duration: string): number | undefined {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== duration) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
}

export function formatDuration(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/**
 * Grafana's own variables in PromQL and LogQL ("Global variables", Prometheus query editor): $__interval, $__range,
 * $__rate_interval.
 */
export function interpolate(expression: string, stepMs: number, query: Query, rateIntervalMs: number): string {
  const range = Math.round((query.to - query.from) / 1000);
  const values: Readonly<Record<string, string>> = {
    __interval_ms: String(stepMs),
    __interval: formatDuration(stepMs),
    __range_ms: String(range * 1000),
    __range_s: String(range),
    __range: `${range}s`,
    __rate_interval_ms: String(rateIntervalMs),
    __rate_interval: formatDuration(rateIntervalMs),
    __auto: formatDuration(stepMs),
  };
  return expression.replace(
    /\$(?:\{(__\w+)\}|(__\w+))/g,
    (whole, braced?: string, bare?: string) => values[braced ?? bare ?? ''] ?? whole,
  );
}

/** The message inside an error body: Prometheus's `error`, AWS's and Loki's `message`, else the text itself. */
export function errorText(body: Buffer): string {
  const raw = body.toString('utf8').trim();
  try {
    const value = JSON.parse(raw) as Record<string, unknown>;
    const type = text(value['errorType']);
    const message = text(value['error']) || text(value['message']) || raw;
    return type ? `${type}: ${message}` : message;
  } catch {
    return raw.slice(0, 1000);
  }
}
