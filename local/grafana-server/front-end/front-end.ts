/** The front end of a workspace, in front of the stand-in or a real Grafana. It refuses by default. */
import { type FrontEndRoute, frontEndRoutes } from './routes';

export interface FrontEndOptions {
  /**
   * `strict` also refuses the routes without evidence. `open` allows every route, for tests of the Grafana behind it.
   */
  readonly mode: 'default' | 'strict' | 'open';
  /** Further routes to refuse: a method and a path, in which `*` stands for any text. */
  readonly refuse: readonly string[];
}

/** A response of the front end itself, which does not reach Grafana. */
export interface FrontEndAnswer {
  readonly status: number;
  readonly type: 'text/plain' | 'application/json';
  readonly body: string;
}

export interface FrontEnd {
  /** The response to a refused request; undefined passes the request to Grafana. */
  answer(request: FrontEndRequest): FrontEndAnswer | undefined;
}

export interface FrontEndRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Whether the request has a service account's token. A browser has a session instead. */
  readonly hasToken: boolean;
}

export interface FrontEndWorkspace {
  /** `10.4`, `12.4`, `13.2`. */
  version(): string;
  /** Network access control is on: it allows only its prefix lists and VPC endpoints, and no local client is one. */
  isRestricted(): boolean;
}

/** aws-facts: workspace-not-allowed */
export const NOT_ALLOWED: FrontEndAnswer = { status: 400, type: 'text/plain', body: 'Bad Request: Not allowed.' };
/** aws-facts: workspace-network-access */
const FORBIDDEN: FrontEndAnswer = { status: 403, type: 'text/plain', body: 'Forbidden' };
/** aws-facts: workspace-access-control-route */
const NO_ACCESS_CONTROL: FrontEndAnswer = { status: 404, type: 'application/json', body: '{}' };
/** aws-facts: workspace-alert-notifications-gone */
const GONE: FrontEndAnswer = { status: 404, type: 'application/json', body: '{"message":"Not found"}' };

const GONE_SINCE = 12;

export function createFrontEnd({ mode, refuse }: FrontEndOptions, workspace: FrontEndWorkspace): FrontEnd {
  const refused = refuse.map(pattern);
  return {
    answer({ method, path, hasToken }) {
      if (mode === 'open') return undefined;
      if (workspace.isRestricted()) return FORBIDDEN;
      const major = Number.parseInt(workspace.version(), 10);
      const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
      // aws-facts: workspace-health-refused
      if (/^\/api\/health(\/|$)/.test(plain)) return NOT_ALLOWED;
      if (plain.startsWith('/api/access-control')) return NO_ACCESS_CONTROL;
      if (/^\/api\/alert-notifications(\/|$)/.test(plain) && major >= GONE_SINCE) return GONE;
      const name = `${method} ${plain}`;
      if (refused.some((route) => route.test(name))) return NOT_ALLOWED;
      // aws-facts: workspace-session-passes
      if (!hasToken) return undefined;
      const route = routeOf(method, plain, major);
      return !route || (mode === 'strict' && route.evidence === 'none') ? NOT_ALLOWED : undefined;
    },
  };
}

/** The row of the table for a request; undefined when it is to be refused. */
export function routeOf(method: string, path: string, major: number): FrontEndRoute | undefined {
  return compiled.find(
    ({ route, fits }) =>
      (route.since === undefined || major >= route.since) &&
      (route.until === undefined || major < route.until) &&
      fits.test(`${method} ${path}`),
  )?.route;
}

const compiled = frontEndRoutes.map((route) => ({ route, fits: pattern(`${route.method} ${route.path}`) }));

function pattern(route: string): RegExp {
  const [method = '', path = ''] = route.split(' ');
  const literal = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const parts = literal.replace(/:[A-Za-z]+/g, '[^/]+').replaceAll('*', '.*');
  return new RegExp(`^${method === '*' ? '[A-Z]+' : method} ${parts}$`);
}

/** `LOCAL_AMG` is `strict` or not set; `LOCAL_AMG_REFUSE` is a comma-separated list of routes. */
export function readFrontEnd(environment: NodeJS.ProcessEnv): FrontEndOptions {
  const mode = environment['LOCAL_AMG'] || 'default';
  if (mode !== 'default' && mode !== 'strict')
    throw new Error(`LOCAL_AMG is "${mode}": it may be "strict", or not set.`);
  const refuse = (environment['LOCAL_AMG_REFUSE'] ?? '').split(',').flatMap((route) => route.trim() || []);
  const odd = refuse.find((route) => !/^([A-Z]+|\*) \/\S*$/.test(route));
  if (odd !== undefined)
    throw new Error(
      `LOCAL_AMG_REFUSE names "${odd}": it takes a method and a path, as in "GET /api/plugins/*/settings".`,
    );
  return { mode, refuse };
}
