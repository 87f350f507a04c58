import type { Received, Reply } from '../../helpers/answering-server';

/** The service as docs/service.md describes it, in memory. */
export function dataProcessor() {
  const stored = new Map<string, string>();
  return ({ method, path, body, headers }: Received): Reply => {
    if (headers['x-fault'] !== undefined) return { status: Number(headers['x-fault']) };
    if (method === 'POST') {
      try {
        const { key } = JSON.parse(body) as { key: string };
        stored.set(key, body);
        return { status: 201, body: { key } };
      } catch {
        return { status: 400, body: { title: 'invalid JSON' } };
      }
    }
    const found = stored.get(path.slice('/data/'.length));
    return found === undefined ? { status: 404, body: {} } : { body: found };
  };
}

/** Answers Grafana's health checks of Loki, Tempo and Prometheus. */
export function healthyEngines({ path }: Received): Reply {
  if (path.includes('/api/echo')) return { body: 'echo' };
  const sample = { metric: {}, value: [0, '2'] };
  return { body: { status: 'success', data: { resultType: 'vector', result: [sample] } } };
}
