/** Grafana's HTTP API as the steps use it. Paths begin with a slash. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface GrafanaRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses of 400 and above that the caller handles: they are returned instead of thrown. */
  readonly accept?: readonly number[];
  /** False for a query whose 5xx is itself the result. */
  readonly retry?: boolean;
  /** Milliseconds; 15 s when left out. */
  readonly timeout?: number;
}

export interface GrafanaAnswer {
  readonly status: number;
  /** Parsed JSON, or the text when it is not JSON. */
  readonly body: unknown;
}

/**
 * Throws GrafanaUnavailable if no retry gave a usable response, GrafanaRejected for a 4xx that the caller does not
 * accept, and RouteNotAllowed or NetworkAccessRefused if the workspace's front end refuses, even if the caller accepts
 * the status.
 */
export interface Grafana {
  request(method: Method, path: string, request?: GrafanaRequest): Promise<GrafanaAnswer>;
}

/** What a state passes to a function that calls Grafana. */
export interface Access {
  readonly workspaceId: string;
  readonly endpoint: string;
  readonly grafanaVersion: string;
  readonly serviceAccountId: string;
}

/** Runs `work` with a token of its own, which is always deleted afterwards. */
export type GrafanaSession = <Result>(
  access: Access,
  purpose: string,
  work: (grafana: Grafana) => Promise<Result>,
) => Promise<Result>;
