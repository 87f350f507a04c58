import { decodeWrite, RemoteWriteMalformed } from '../../engines/wire/remote-write';
import { MemoryStore, SampleRejected } from './memory-store';
import { answerQuery } from './query-api';
import { jsonAnswer, type MetricsStore } from './store';

/** A workspace's storage when no real Prometheus is available: samples in memory, queries by the evaluator. */
export function createMemoryMetrics(now: () => number = Date.now): MetricsStore {
  const store = new MemoryStore();
  return {
    label: 'Prometheus stand-in',
    write: async (body) => {
      try {
        const { series, metadata } = decodeWrite(body);
        store.append(series, metadata);
        return jsonAnswer(200, {});
      } catch (error) {
        if (error instanceof SampleRejected || error instanceof RemoteWriteMalformed) {
          return jsonAnswer(400, { message: error.message });
        }
        throw error;
      }
    },
    read: async (path, parameters) => answerQuery(store, path, parameters, now()),
    close: async () => {},
  };
}
