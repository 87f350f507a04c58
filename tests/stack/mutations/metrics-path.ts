import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cloud } from '../../../local/cloud/contracts';
import { decodeWrite, encodeWrite, type TimeSeries } from '../../../local/engines/wire/remote-write';

/** A proxy before the Prometheus workspace: it can refuse or change writes, and redirect queries to other series. */
export interface MetricsPath {
  /** Status and message of every remote write while it is set. */
  refuse: { readonly status: number; readonly message: string } | undefined;
  /** The series stored instead of a series: one, several or none. */
  editSeries: ((series: TimeSeries) => readonly TimeSeries[]) | undefined;
  editQuery: ((query: string) => string) | undefined;
  /** Resolves when this many more writes of the sidecar and of Tempo have been refused or stored. */
  writes(count: number): Promise<void>;
}

export function standBeforePrometheus(cloud: Cloud): MetricsPath {
  const waiting = new Set<{ agent: number; tempo: number; resolve: () => void }>();
  const path: MetricsPath = {
    refuse: undefined,
    editSeries: undefined,
    editQuery: undefined,
    writes: (count) => new Promise((resolve) => waiting.add({ agent: count, tempo: count, resolve })),
  };
  const written = (names: readonly string[]): void => {
    const isTempo = names.some((name) => name.startsWith('traces_'));
    const isAgent = names.includes('http_requests_total');
    for (const waiter of waiting) {
      if (isTempo) waiter.tempo -= 1;
      if (isAgent) waiter.agent -= 1;
      if (waiter.agent > 0 || waiter.tempo > 0) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  const write = async (workspaceId: string, body: Buffer): Promise<{ status: number; body: string }> => {
    const { series, metadata } = decodeWrite(body);
    const names = series.map(({ labels }) => labels['__name__'] ?? '');
    const edited = series.flatMap((each) => path.editSeries?.(each) ?? [each]);
    const stored = path.refuse
      ? { status: path.refuse.status, body: JSON.stringify({ message: path.refuse.message }) }
      : await cloud.aps.write(workspaceId, encodeWrite({ series: edited, metadata }));
    written(names);
    return stored;
  };
  cloud.kernel.registerRaw(async (request, response) => {
    const [, workspaceId, api] = /^\/workspaces\/([^/]+)\/api\/v1\/(\w+)/.exec(request.url ?? '') ?? [];
    if (!workspaceId || !api) return false;
    if (api === 'remote_write') {
      const { status, body } = await write(workspaceId, await bodyOf(request));
      answer(response, status, body);
      return true;
    }
    if (!path.editQuery || (api !== 'query' && api !== 'query_range')) return false;
    const parameters = new URLSearchParams((request.url ?? '').split('?')[1]);
    for (const [name, value] of new URLSearchParams((await bodyOf(request)).toString('utf8'))) {
      parameters.append(name, value);
    }
    parameters.set('query', path.editQuery(parameters.get('query') ?? ''));
    const { status, body } = await cloud.aps.query(workspaceId, api, parameters);
    answer(response, status, body);
    return true;
  });
  return path;
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
