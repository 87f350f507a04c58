import { TESTER } from '../domain/checks/names';
import type { Clock } from '../domain/clock';
import { ServiceAccountMissing, WorkspaceMissing } from '../domain/errors';
import { findWorkspace } from '../domain/find-workspace';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../domain/naming';
import { type LastSeen, logsLastSeen, metricsLastSeen, tracesLastSeen } from '../domain/services/last-seen';
import { type Requests, requestsByService } from '../domain/services/requests';
import type { Amg } from '../domain/workspace';

/** What the stores know of a service. */
export interface MeasuredService {
  readonly name: string;
  /** False for a service that sends spans and was not asked for. */
  readonly isListed: boolean;
  /** ISO times; a signal that is missing was not seen within the last day. */
  readonly lastSeen: Readonly<Partial<Record<'metrics' | 'traces' | 'logs', string>>>;
  /** Of the last five minutes; missing without spans. */
  readonly requests?: Requests;
}

export interface ServicesMeasured {
  readonly at: string;
  readonly services: readonly MeasuredService[];
  /** Why something could not be read, a sentence each. */
  readonly unread: readonly string[];
}

/** A service name that changes with every request would otherwise make thousands of queries. */
const MOST_UNLISTED = 20;
const AT_ONCE = 5;

/**
 * When each signal of the services was last seen, and the rate, errors and duration of their requests, through Grafana.
 * Services that send spans and are not among `names` come after them.
 */
export async function measureServices(
  { names }: { readonly names: readonly string[] },
  deps: {
    readonly amg: Amg;
    readonly session: GrafanaSession;
    readonly clock: Clock;
    readonly stackName: string;
    readonly stage: string;
  },
): Promise<ServicesMeasured> {
  const access = await accessTo(deps.amg, deps.stackName);
  return deps.session(access, 'measure-services', (grafana) => measure(grafana, names, deps.stage, deps.clock.now()));
}

async function measure(
  grafana: Grafana,
  names: readonly string[],
  stage: string,
  now: Date,
): Promise<ServicesMeasured> {
  const unread = new Set<string>();
  const requests = await requestsByService(grafana, stage, now);
  const known: ReadonlyMap<string, Requests> = requests.kind === 'data' ? requests.data : new Map();
  if (requests.kind !== 'data') unread.add(`rate, errors and duration: ${requests.reason}`);
  const unlisted = [...known.keys()].filter((name) => name !== '' && name !== TESTER && !names.includes(name)).sort();
  const all = [...names, ...unlisted.slice(0, MOST_UNLISTED)];
  if (unlisted.length > MOST_UNLISTED)
    unread.add(`${unlisted.length - MOST_UNLISTED} more services send spans and are not listed`);
  const metrics = await metricsLastSeen(grafana, all, now);
  const services: MeasuredService[] = [];
  const iso = (signal: string, seen: LastSeen | undefined) => {
    if (seen && seen.kind !== 'data') unread.add(`${signal}: ${seen.reason}`);
    return seen?.kind === 'data' && seen.data !== undefined
      ? { [signal]: new Date(Math.round(seen.data)).toISOString() }
      : {};
  };
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const measured = all.slice(first, first + AT_ONCE).map(async (name) => {
      const [traces, logs] = await Promise.all([tracesLastSeen(grafana, name, now), logsLastSeen(grafana, name, now)]);
      const found = known.get(name);
      return {
        name,
        isListed: names.includes(name),
        lastSeen: { ...iso('metrics', metrics.get(name)), ...iso('traces', traces), ...iso('logs', logs) },
        ...(found && { requests: found }),
      };
    });
    services.push(...(await Promise.all(measured)));
  }
  return { at: now.toISOString(), services, unread: [...unread] };
}

async function accessTo(amg: Amg, stackName: string): Promise<Access> {
  const found = await findWorkspace(amg, stackName);
  const workspace = found && (await amg.describe(found.id));
  if (!workspace) throw new WorkspaceMissing(stackName);
  const account = (await amg.serviceAccounts(workspace.id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
  if (!account) throw new ServiceAccountMissing(workspace.id);
  const { id: workspaceId, endpoint, grafanaVersion } = workspace;
  return { workspaceId, endpoint, grafanaVersion, serviceAccountId: account.id };
}
