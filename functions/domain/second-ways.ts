import { RouteNotAllowed } from './errors';
import type { Grafana } from './grafana';

/** One way to an answer, by the name of the route that it stands on: a method and a path without what is filled in. */
export interface Way<Result> {
  readonly route: string;
  run(): Promise<Result>;
}

interface Known {
  readonly refused: Set<string>;
  /** What was proved by another route: `by` → the routes that were refused before it. */
  readonly told: Map<string, ReadonlySet<string>>;
}

const knownBy = new WeakMap<Grafana, Known>();

/**
 * The answer of the first way that the workspace's front end lets through. A way that was refused once is not tried
 * again by the same client. Throws RouteNotAllowed when all are refused.
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

/** What this client proved in another way than the first, for a person; empty when nothing was refused. */
export function secondWays(grafana: Grafana): string {
  return [...knownTo(grafana).told]
    .map(([by, refused]) => `proved by ${by}, as this workspace refuses ${[...refused].join(' and ')}`)
    .join('; ');
}

/** The same Grafana as a client of its own, which knows of no refusal yet. */
export function ownClient(grafana: Grafana): Grafana {
  return { request: grafana.request.bind(grafana) };
}

function knownTo(grafana: Grafana): Known {
  const known = knownBy.get(grafana) ?? { refused: new Set(), told: new Map() };
  knownBy.set(grafana, known);
  return known;
}
