/** Grafana's HTTP API as the steps use it. Paths begin with a slash. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface GrafanaRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses of 400 and above that the caller understands: they are answered instead of thrown. */
  readonly accept?: readonly number[];
  /** False for a query whose 5xx is a finding in itself. */
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
 * Throws GrafanaUnavailable when no usable answer came within its retries, GrafanaRejected for a 4xx that is not
 * accepted, and RouteNotAllowed or NetworkAccessRefused when the workspace's front end refuses, whatever is accepted.
 */
export interface Grafana {
  request(method: Method, path: string, request?: GrafanaRequest): Promise<GrafanaAnswer>;
}

/** What a state hands to a function that reaches into Grafana. */
export interface Access {
  readonly workspaceId: string;
  readonly endpoint: string;
  readonly grafanaVersion: string;
  readonly serviceAccountId: string;
}

/** Runs `work` with a token that is minted before and deleted after it, whatever happens. */
export type GrafanaSession = <Result>(
  access: Access,
  purpose: string,
  work: (grafana: Grafana) => Promise<Result>,
) => Promise<Result>;
