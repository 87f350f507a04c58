import { attribute } from '../../wire/otlp';
import type { Registry } from './registry';
import { durationSeconds } from './span-metrics';
import type { StoredSpan } from './store';

const buckets = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8];
const client = { kinds: [3, 4] };
const server = { kinds: [2, 5] };

interface Edge {
  readonly isRoot: boolean;
  readonly since: number;
  client?: string;
  server?: string;
  clientSeconds: number;
  serverSeconds: number;
  peer?: string;
  connectionType: '' | 'messaging_system' | 'virtual_node';
  failed: boolean;
}

/**
 * The service-graphs processor: a client span and its child server span are an edge. If one of them does not arrive in
 * time, its name is taken from the client span's peer attribute, or is `user` for the caller of a root span.
 */
export class ServiceGraph {
  private readonly edges = new Map<string, Edge>();

  constructor(
    private readonly registry: Registry,
    private readonly peerAttributes: readonly string[],
    private readonly waitMs: number,
  ) {}

  add(spans: readonly StoredSpan[], now: number): void {
    for (const { span, resource } of spans) {
      const service = attribute(resource, 'service.name');
      const kind = span.kind ?? 0;
      const isClient = client.kinds.includes(kind);
      if (service === undefined || !(isClient || server.kinds.includes(kind))) continue;
      const half = isClient ? span.spanId : (span.parentSpanId ?? '');
      const key = `${span.traceId}-${half}`;
      const edge: Edge = this.edges.get(key) ?? {
        isRoot: half === '',
        since: now,
        clientSeconds: 0,
        serverSeconds: 0,
        connectionType: kind >= 4 ? 'messaging_system' : '',
        failed: false,
      };
      edge.failed ||= span.status?.code === 2;
      const peer = this.peerAttributes.map((name) => attribute(span.attributes, name)).find(Boolean);
      if (peer !== undefined) edge.peer = peer;
      if (isClient) Object.assign(edge, { client: service, clientSeconds: durationSeconds(span) });
      else Object.assign(edge, { server: service, serverSeconds: durationSeconds(span) });
      this.edges.set(key, edge);
      if (edge.client !== undefined && edge.server !== undefined) this.complete(key, edge);
    }
  }

  /** Completes the edges whose wait for the other span is over. */
  expire(now: number): void {
    for (const [key, edge] of this.edges) {
      if (now - edge.since < this.waitMs) continue;
      edge.connectionType = 'virtual_node';
      if (edge.client === undefined && edge.isRoot) edge.client = edge.peer ?? 'user';
      else if (edge.client !== undefined && edge.peer !== undefined) edge.server = edge.peer;
      this.complete(key, edge);
    }
  }

  private complete(key: string, edge: Edge): void {
    this.edges.delete(key);
    if (edge.client === undefined || edge.server === undefined) return;
    const labels = { client: edge.client, server: edge.server, connection_type: edge.connectionType };
    this.registry.count('traces_service_graph_request_total', labels);
    if (edge.failed) this.registry.count('traces_service_graph_request_failed_total', labels);
    this.registry.observe('traces_service_graph_request_server_seconds', labels, buckets, edge.serverSeconds);
    this.registry.observe('traces_service_graph_request_client_seconds', labels, buckets, edge.clientSeconds);
  }
}
