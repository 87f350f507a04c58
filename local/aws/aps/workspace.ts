import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type ResolvedBackend, resolveBackend } from '../../engines';
import {
  AwsError,
  type Kernel,
  type ResourceHandler,
  type ResourceRequest,
  type ResourceResult,
} from '../../kernel/contracts';
import { cfnNumber, cfnTags, parseProperties, recorded } from '../cfn-values';
import { createMemoryMetrics } from './memory-metrics';
import { startPrometheusStore } from './prometheus-store';
import type { MetricsStore } from './store';

export interface Workspace {
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly store: MetricsStore;
  alias: string | undefined;
  logGroupArn: string | undefined;
  retentionDays: number;
  tags: Readonly<Record<string, string>>;
}

/** Amazon Managed Prometheus's default of 150 days, and its limits. */
const retention = { default: 150, least: 1, most: 1095 };

const properties = z.strictObject({
  Alias: z.string().max(100).optional(),
  // The ARN of the log group must end in `:*`.
  LoggingConfiguration: z
    .strictObject({
      LogGroupArn: z.string().regex(/^arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512}:\*$/),
    })
    .optional(),
  WorkspaceConfiguration: z
    .strictObject({
      RetentionPeriodInDays: cfnNumber.pipe(z.number().int().min(retention.least).max(retention.most)).optional(),
      LimitsPerLabelSets: recorded.optional(),
    })
    .optional(),
  KmsKeyArn: recorded.optional(),
  AlertManagerDefinition: recorded.optional(),
  QueryLoggingConfiguration: recorded.optional(),
  Tags: cfnTags,
});

export type Workspaces = ReadonlyMap<string, Workspace>;

/**
 * AWS::APS::Workspace. `Ref` returns the ARN. Each workspace has its own storage, which is closed when it is deleted.
 */
export function workspaceResource(
  kernel: Pick<Kernel, 'accountId' | 'region' | 'partition' | 'endpoint' | 'directory' | 'closing' | 'now'>,
  workspaces: Map<string, Workspace>,
  resolve: () => Promise<ResolvedBackend> = () => resolveBackend('prometheus'),
): ResourceHandler {
  const result = ({ id, arn }: Workspace): ResourceResult => ({
    physicalId: arn,
    attributes: { Arn: arn, WorkspaceId: id, PrometheusEndpoint: endpointOf(kernel, id) },
  });
  return {
    async create(request) {
      const { alias, logGroupArn, retentionDays, tags } = settings(request);
      const id = `ws-${randomUUID()}`;
      const store = await startStore(await resolve(), id, retentionDays);
      const arn = `arn:${kernel.partition}:aps:${kernel.region}:${kernel.accountId}:workspace/${id}`;
      const workspace: Workspace = { id, arn, createdAt: kernel.now(), store, alias, logGroupArn, retentionDays, tags };
      workspaces.set(id, workspace);
      return result(workspace);
    },
    async update(request) {
      const workspace = workspaces.get(idOf(request.physicalId));
      if (workspace === undefined) throw notFound(request.physicalId ?? '');
      Object.assign(workspace, settings(request));
      return result(workspace);
    },
    async delete({ physicalId }) {
      const workspace = workspaces.get(idOf(physicalId));
      if (workspace === undefined) return;
      workspaces.delete(workspace.id);
      await workspace.store.close();
    },
  };

  async function startStore(backend: ResolvedBackend, id: string, retentionDays: number): Promise<MetricsStore> {
    if (backend.kind === 'stand-in') return createMemoryMetrics();
    const directory = join(kernel.directory, 'aps', id);
    return startPrometheusStore(backend, { directory, retentionDays, closing: kernel.closing });
  }
}

/** A workspace's URL for Prometheus and Grafana. It ends in a slash, as on AWS. */
export function endpointOf(kernel: Pick<Kernel, 'endpoint'>, id: string): string {
  return `${kernel.endpoint}/workspaces/${id}/`;
}

export function notFound(resource: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Workspace not found: ${resource}`, 404, {
    resourceId: resource,
    resourceType: 'workspace',
  });
}

function settings(request: ResourceRequest): Pick<Workspace, 'alias' | 'logGroupArn' | 'retentionDays' | 'tags'> {
  const { Alias, LoggingConfiguration, WorkspaceConfiguration, Tags } = parseProperties(properties, request);
  return {
    alias: Alias,
    logGroupArn: LoggingConfiguration?.LogGroupArn,
    retentionDays: WorkspaceConfiguration?.RetentionPeriodInDays ?? retention.default,
    tags: { ...request.tags, ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key, Value])) },
  };
}

function idOf(arn: string | undefined): string {
  return arn?.split('/').at(-1) ?? '';
}
