import { RouteNotAllowed } from './errors';
import type { Grafana } from './grafana';

/** One way to get an answer. `route` is the method and the path template that it needs. */
export interface Way<Result> {
  readonly route: string;
  run(): Promise<Result>;
}

interface Known {
  readonly refused: Set<string>;
  /** The routes used instead: `by` → the routes that were refused before it. */
  readonly told: Map<string, ReadonlySet<string>>;
}

const knownBy = new WeakMap<Grafana, Known>();

/**
 * The answer of the first way that the workspace's front end allows. The same client does not try a refused way again.
 * Throws RouteNotAllowed if all ways are refused.
 */
export async function firstAllowed<Result>(grafana: Grafana, ways: readonly Way<Result>[]): Promise<Result> {
  const known = knownTo(grafana);
  const refused: string[] = [];
  for (const { route, run } of ways) {
    if (!known.refused.has(route)) {
      try {
        const result = await run();
        if (refused.length > 0) known.told.set(route, new Set([...(known.told.get(route) ?? []), ...refused]));
        return result;
      } catch (error) {
        if (!(error instanceof RouteNotAllowed)) throw error;
        known.refused.add(route);
      }
    }
    refused.push(route);
  }
  throw new RouteNotAllowed(refused.join(' and '));
}

/** A sentence about the routes that this client used instead of refused ones; empty if none was refused. */
export function secondWays(grafana: Grafana): string {
  return [...knownTo(grafana).told]
    .map(([by, refused]) => `proved by ${by}, as this workspace refuses ${[...refused].join(' and ')}`)
    .join('; ');
}

/** A client for the same Grafana with no recorded refusals. */
export function ownClient(grafana: Grafana): Grafana {
  return { request: grafana.request.bind(grafana) };
}

function knownTo(grafana: Grafana): Known {
  const known = knownBy.get(grafana) ?? { refused: new Set(), told: new Map() };
  knownBy.set(grafana, known);
  return known;
}
