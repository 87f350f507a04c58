/**
 * Faults that tests inject into the stand-ins: the next matching calls fail, later ones succeed. `operation` is an AMG
 * operation (`CreateWorkspace`); `route` a method and path of the workspace (`PUT /api/datasources/uid/loki`, `*`
 * stands for any text).
 */
export interface FaultMatch {
  readonly operation?: string;
  readonly route?: string;
  /** The number of matching calls that fail; 1 by default, Infinity for all. */
  readonly times?: number;
  /** The number of matching calls that succeed first. */
  readonly skip?: number;
}

export type FaultEffect =
  /** An error response; `after` applies the request first, as when only the response is lost. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly members?: Readonly<Record<string, string | number>>;
      readonly after?: boolean;
    }
  /** The connection is closed, before or after the request was applied (workspace routes only). */
  | { readonly kind: 'cut'; readonly after?: boolean }
  /** Raw bytes as the answer: HTML, a huge body, a wrong content type (workspace routes only). */
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /**
   * The transition that the operation starts ends in this status (`CREATION_FAILED`; `DEGRADED` with its reason), or
   * never ends (`stuck`).
   */
  | { readonly kind: 'becomes'; readonly status: string; readonly reason?: string }
  /** UpdatePermissions answers 200 but does not change the assignment. */
  | { readonly kind: 'ignored' };

export type Fault = FaultMatch & FaultEffect;

export interface FaultPlan {
  /** Returns a function that removes the fault and returns the number of calls that it affected. */
  plant(fault: Fault): () => number;
  takeOperation(operation: string, kinds: readonly FaultEffect['kind'][]): FaultEffect | undefined;
  takeRoute(method: string, path: string): FaultEffect | undefined;
  clear(): void;
}

export function createFaultPlan(): FaultPlan {
  interface Planted {
    readonly fault: Fault;
    left: number;
    skip: number;
    hits: number;
  }
  let planted: Planted[] = [];
  const take = (matches: (fault: Fault) => boolean): FaultEffect | undefined => {
    for (const entry of planted) {
      if (!matches(entry.fault)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      entry.hits += 1;
      if (entry.left <= 0) planted = planted.filter((other) => other !== entry);
      return entry.fault;
    }
    return undefined;
  };
  return {
    plant(fault) {
      const entry = { fault, left: fault.times ?? 1, skip: fault.skip ?? 0, hits: 0 };
      planted.push(entry);
      return () => {
        planted = planted.filter((other) => other !== entry);
        return entry.hits;
      };
    },
    takeOperation: (operation, kinds) => take((fault) => fault.operation === operation && kinds.includes(fault.kind)),
    takeRoute: (method, path) =>
      take((fault) => fault.route !== undefined && routeMatches(fault.route, `${method} ${path}`)),
    clear() {
      planted = [];
    },
  };
}

function routeMatches(route: string, text: string): boolean {
  const pattern = route
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(text);
}
