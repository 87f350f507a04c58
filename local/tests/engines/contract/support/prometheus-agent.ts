import type { ResolvedBackend } from '../../../../engines';
import { type Engine, startEngine } from './engine';

/** Where an agent reads and writes; `dataPath` is the caller's directory for the write-ahead log. */
export interface Ends {
  readonly metricsPort: number | string;
  readonly remoteWriteUrl: string;
  readonly dataPath?: string;
  /** Samples of a scrape; the default of params/schema.yml if left out. */
  readonly sampleLimit?: number;
}

/** Prometheus as an agent with its production configuration: scrapes one port and writes to one store. */
export function startAgent(
  prometheus: ResolvedBackend,
  { metricsPort, remoteWriteUrl, dataPath, sampleLimit = 10_000 }: Ends,
): Promise<Engine> {
  return startEngine(prometheus, {
    variables: {
      METRICS_PORT: String(metricsPort),
      PROMETHEUS_PORT: '9',
      SCRAPE_INTERVAL: '1s',
      SAMPLE_LIMIT: String(sampleLimit),
      LOKI_ADDRESS: '127.0.0.1:9',
      TEMPO_ADDRESS: '127.0.0.1:9',
      STAGE: 'test',
      REMOTE_WRITE_URL: remoteWriteUrl,
      AWS_REGION: 'eu-west-1',
      TASK_ID: '0123abcd',
    },
    env: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' },
    ...(dataPath !== undefined && { dataPath }),
    args: ({ configFile, directory, ports }) => [
      '--agent',
      `--config.file=${configFile}`,
      `--storage.agent.path=${dataPath ?? `${directory}/data`}`,
      `--web.listen-address=127.0.0.1:${ports['HTTP_PORT']}`,
    ],
  });
}
