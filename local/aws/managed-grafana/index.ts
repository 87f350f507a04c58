import { createFaultPlan, type Fault } from '../../grafana-server/faults';
import { readFrontEnd } from '../../grafana-server/front-end/front-end';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type JsonObject,
  type Kernel,
  type ServiceModule,
} from '../../kernel/contracts';
import type { Context, Operation } from './context';
import { createInterfaces, type GrafanaNetworkInterface } from './network-interfaces';
import { describeWorkspaceAuthentication, updateWorkspaceAuthentication } from './operations/authentication';
import { describeWorkspaceConfiguration, updateWorkspaceConfiguration } from './operations/configuration';
import { createWorkspace } from './operations/create-workspace';
import { listPermissions, updatePermissions } from './operations/permissions';
import {
  createServiceAccount,
  createToken,
  deleteServiceAccount,
  deleteToken,
  listServiceAccounts,
  listTokens,
} from './operations/service-accounts';
import { listTags, tagResource, untagResource } from './operations/tags';
import {
  deleteWorkspace,
  describeWorkspace,
  listVersions,
  listWorkspaces,
  updateWorkspace,
} from './operations/workspaces';
import { defaultDelays, defaultThrottle, defaultVersions, type GrafanaOptions } from './options';
import { createSessions } from './sessions';
import { startServer } from './start-server';
import { createThrottle } from './throttle';
import { type Call, readCall } from './wire';
import type { Workspace } from './workspace';

export type { GrafanaOptions } from './options';

/** A row of the table in the terminal. */
export interface RunningWorkspace {
  readonly id: string;
  readonly name: string | undefined;
  readonly url: string;
  readonly version: string;
  readonly status: string;
  /** The engine behind the URL: `Grafana stand-in` or a real Grafana. */
  readonly label: string;
}

export interface GrafanaModule extends ServiceModule {
  workspaces(): readonly RunningWorkspace[];
  /** The workspaces' network interfaces in the customer's subnets, for EC2's DescribeNetworkInterfaces. */
  networkInterfaces(): readonly GrafanaNetworkInterface[];
  /** Injects a fault into the control plane or the workspaces (for tests). Returns a function that removes it. */
  plant(fault: Fault): () => number;
  close(): Promise<void>;
}

const operations: Readonly<Record<string, Operation>> = {
  CreateWorkspace: createWorkspace,
  CreateWorkspaceServiceAccount: createServiceAccount,
  CreateWorkspaceServiceAccountToken: createToken,
  DeleteWorkspace: deleteWorkspace,
  DeleteWorkspaceServiceAccount: deleteServiceAccount,
  DeleteWorkspaceServiceAccountToken: deleteToken,
  DescribeWorkspace: describeWorkspace,
  DescribeWorkspaceAuthentication: describeWorkspaceAuthentication,
  DescribeWorkspaceConfiguration: describeWorkspaceConfiguration,
  ListPermissions: listPermissions,
  ListTagsForResource: listTags,
  ListVersions: listVersions,
  ListWorkspaces: listWorkspaces,
  ListWorkspaceServiceAccounts: listServiceAccounts,
  ListWorkspaceServiceAccountTokens: listTokens,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdatePermissions: updatePermissions,
  UpdateWorkspace: updateWorkspace,
  UpdateWorkspaceAuthentication: updateWorkspaceAuthentication,
  UpdateWorkspaceConfiguration: updateWorkspaceConfiguration,
};

/**
 * Amazon Managed Grafana's control plane, and a Grafana for each workspace on a port of its own. Written from the
 * published API reference and service model; it never ran against AWS.
 */
export function createGrafana(kernel: Kernel, options: GrafanaOptions = {}): GrafanaModule {
  const now = (): number => kernel.now().getTime();
  // Reports an unusable value at the start, not when the first workspace is created.
  const frontEnd = { ...readFrontEnd(process.env), ...options.frontEnd };
  const timers = new Set<NodeJS.Timeout>();
  const faults = options.faults ?? createFaultPlan();
  const workspaces = new Map<string, Workspace>();
  const throttle = createThrottle(options.throttle ?? defaultThrottle, now);
  const session = createSessions(kernel, now);
  const context: Context = {
    kernel,
    workspaces,
    versions: options.versions ?? defaultVersions,
    delays: { ...defaultDelays, ...options.delays },
    directory: options.directory,
    network: options.network,
    interfaces: createInterfaces(),
    faults,
    untoldConfiguration: options.untoldConfiguration ?? [],
    limits: { workspaces: options.maxWorkspaces ?? 5, tokens: options.maxTokens ?? 99 },
    now,
    later(milliseconds, action) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, milliseconds);
      timers.add(timer);
    },
    startServer: (id, version) => startServer(context, { ...options, frontEnd }, session, id, version),
  };
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    await Promise.all([...workspaces.values()].map((workspace) => workspace.server.close()));
    workspaces.clear();
  };
  kernel.closing.addEventListener('abort', () => void close(), { once: true });
  return {
    signingNames: ['grafana'],
    handle: (request) => serve(context, throttle, request),
    workspaces: () =>
      [...workspaces.values()].map(({ id, name, server, version, status }) => ({
        id,
        name,
        url: server.url,
        version,
        status,
        label: server.label,
      })),
    networkInterfaces: () => context.interfaces.list(),
    plant: (fault) => faults.plant(fault),
    close,
  };
}

async function serve(
  context: Context,
  throttle: (operation: string) => void,
  request: AwsRequest,
): Promise<AwsResponse> {
  let operation = 'Unknown';
  try {
    const call = readCall(request);
    operation = call.operation;
    throttle(operation);
    const output = await withFaults(context, call, () => run(context, call, request));
    return {
      status: call.successStatus,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(output),
      operation,
    };
  } catch (error) {
    if (error instanceof AwsError) return errorResponse(error, operation);
    throw error;
  }
}

async function run(context: Context, call: Call, request: AwsRequest): Promise<JsonObject> {
  const handler = operations[call.operation];
  if (!handler) throw new AwsError('InternalServerException', `No handler for ${call.operation}`, 500);
  return handler(context, call.input(), request.principal);
}

async function withFaults(context: Context, call: Call, next: () => Promise<JsonObject>): Promise<JsonObject> {
  const delay = context.faults.takeOperation(call.operation, ['delay']);
  if (delay?.kind === 'delay') await new Promise<void>((resolve) => context.later(delay.milliseconds, resolve));
  const fault = context.faults.takeOperation(call.operation, ['error']);
  if (fault?.kind !== 'error') return next();
  if (fault.after) await next();
  throw new AwsError(
    fault.code ?? 'InternalServerException',
    fault.message ?? 'Planted fault',
    fault.status,
    fault.members ?? {},
  );
}

/**
 * A restJson1 error: type in a header, members in the body, retryAfterSeconds in the Retry-After header (service
 * model).
 */
function errorResponse(error: AwsError, operation: string): AwsResponse {
  const code = error.code === 'AccessDenied' ? 'AccessDeniedException' : error.code;
  const { retryAfterSeconds, ...members } = error.members;
  return {
    status: code === 'AccessDeniedException' ? 403 : error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': code,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ message: error.message, ...members }),
    operation,
    error: `${code}: ${error.message}`,
  };
}
