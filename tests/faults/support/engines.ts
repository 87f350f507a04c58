import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { decodeWrite } from '../../../local/engines/wire/remote-write';
import {
  type Engine,
  isHere,
  resolveKind,
  startEngine,
  startS3,
} from '../../../local/tests/engines/contract/support/engine';
import { startAgent as startPrometheusAgent } from '../../../local/tests/engines/contract/support/prometheus-agent';

export const REGION = 'eu-west-1';
export const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

/** The real engine if this machine has it, else the stand-in. The table says which one was used. */
export async function resolveEngine(name: 'loki' | 'tempo' | 'prometheus') {
  return resolveKind(name, isHere(name) ? 'real' : 'stand-in');
}

export type RealS3 = Awaited<ReturnType<typeof startS3>>;

/**
 * A real S3 server with these buckets. Prints a line and returns undefined when this machine has none: the stand-ins
 * are not processes of their own.
 */
export async function realS3(...buckets: readonly string[]): Promise<RealS3 | undefined> {
  if (!isHere('s3')) {
    process.stderr.write('No real S3 server here (`npm run backends`): what needs one is not tried.\n');
    return undefined;
  }
  const s3 = await startS3();
  const client = s3Client(s3);
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return s3;
}

export function s3Client(s3: RealS3): S3Client {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = s3.env;
  return new S3Client({
    endpoint: s3.url,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
}

/** Loki. With an S3 server it stores its chunks in the bucket "chunks". */
export async function startLoki(s3: RealS3 | undefined, dataPath?: string): Promise<Engine> {
  return startEngine(await resolveEngine('loki'), {
    ports: ['GRPC_PORT'],
    variables: {
      BUCKET_NAME: 'chunks',
      AWS_REGION: REGION,
      S3_ENDPOINT: s3 ? `127.0.0.1:${s3.ports['HTTP_PORT']}` : '127.0.0.1:9',
      S3_INSECURE: 'true',
      S3_BUCKET_LOOKUP: 'path',
      RETENTION: '720h',
    },
    env: { ...(s3?.env ?? keys), AWS_REGION: REGION },
    ...(dataPath !== undefined && { dataPath }),
    args: ({ configFile }) => [`-config.file=${configFile}`],
  });
}

export async function startTempo(): Promise<Engine> {
  return startEngine(await resolveEngine('tempo'), {
    ports: ['OTLP_PORT', 'GRPC_PORT', 'GOSSIP_PORT'],
    variables: {
      BUCKET_NAME: 'traces',
      AWS_REGION: REGION,
      S3_ENDPOINT: '127.0.0.1:9',
      S3_INSECURE: 'true',
      S3_PATH_STYLE: 'true',
      RETENTION: '336h',
      STAGE: 'test',
      REMOTE_WRITE_URL: 'http://127.0.0.1:9/api/v1/remote_write',
      COLLECTION_INTERVAL: '1s',
      EDGE_WAIT: '1s',
      SEARCH_DELAY: '1s',
    },
    env: { ...keys, AWS_REGION: REGION },
    args: ({ configFile }) => [`-config.file=${configFile}`],
  });
}

/** The agent that scrapes the service's metrics port and writes to `store`. */
export async function startAgent(metricsUrl: string, storeUrl: string, dataPath?: string): Promise<Engine> {
  return startPrometheusAgent(await resolveEngine('prometheus'), {
    metricsPort: new URL(metricsUrl).port,
    remoteWriteUrl: `${storeUrl}/api/v1/remote_write`,
    ...(dataPath !== undefined && { dataPath }),
  });
}

/** Accepts remote writes. `posted` is the newest value of the service's counter of stored documents. */
export async function startStore() {
  const seen = { posted: 0, at: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    for (const { labels, samples } of decodeWrite(Buffer.concat(chunks)).series) {
      const { __name__: name, method, endpoint, status } = labels;
      if (name !== 'http_requests_total' || method !== 'POST' || endpoint !== '/data' || status !== '201') continue;
      for (const { value, timestamp } of samples) {
        if (timestamp >= seen.at) Object.assign(seen, { posted: value, at: timestamp });
      }
    }
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
