import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { encodeWrite, type MetricMetadata, type TimeSeries } from './remote-write';

/** The `remote_write` entry of a configuration file: Prometheus's and Tempo's are the same. */
export interface RemoteWriteConfig {
  readonly url: string;
  readonly sigv4?: { readonly region?: string };
}

export interface WriteAnswer {
  readonly status: number;
  readonly message: string;
}

/** The most samples in the queue. Over it, the oldest are dropped. */
const maxPending = 100_000;
const maxSamplesPerSend = 2_000;
const backoffMs = { first: 100, most: 5_000 };
const requestTimeoutMs = 10_000;

/**
 * Sends samples in order, one request at a time. A refused connection, 5xx and 429 are retried with backoff, as
 * Prometheus does; after another 4xx the batch is dropped and an error is logged.
 */
export class RemoteWriter {
  readonly counters = { sent: 0, failed: 0, dropped: 0, retried: 0 };
  private readonly series: TimeSeries[] = [];
  private readonly metadata = new Map<string, MetricMetadata>();
  private sending: Promise<void> | undefined;
  private stopped = false;
  private readonly send: (body: Buffer) => Promise<WriteAnswer>;

  constructor(
    private readonly config: RemoteWriteConfig,
    private readonly log: (message: string) => void,
  ) {
    this.send = remoteWriteSender(config);
  }

  get pending(): number {
    return this.series.length;
  }

  /** Adds to the queue and returns at once. */
  write(series: readonly TimeSeries[], metadata: readonly MetricMetadata[] = []): void {
    for (const each of metadata) this.metadata.set(each.name, each);
    this.series.push(...series);
    const excess = this.series.length - maxPending;
    if (excess > 0) {
      this.counters.dropped += excess;
      this.series.splice(0, excess);
    }
    this.sending ??= this.drain().finally(() => {
      this.sending = undefined;
    });
  }

  /** Resolves when the queue is empty or `timeoutMs` has passed. */
  async stop(timeoutMs: number): Promise<void> {
    const timer = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
    await Promise.race([this.sending ?? Promise.resolve(), timer]);
    this.stopped = true;
  }

  private async drain(): Promise<void> {
    while (this.series.length > 0 && !this.stopped) {
      const series = this.series.splice(0, maxSamplesPerSend);
      const metadata = [...this.metadata.values()];
      this.metadata.clear();
      await this.sendUntilTaken(series, encodeWrite({ series, metadata }));
    }
  }

  private async sendUntilTaken(series: readonly TimeSeries[], body: Buffer): Promise<void> {
    for (let wait = backoffMs.first; !this.stopped; wait = Math.min(wait * 2, backoffMs.most)) {
      const { status, message } = await this.send(body);
      if (status >= 200 && status < 300) {
        this.counters.sent += series.length;
        return;
      }
      if (status !== 0 && status !== 429 && status < 500) {
        this.counters.failed += series.length;
        this.log(`remote write of ${series.length} samples refused by ${this.config.url}: ${status} ${message}`);
        return;
      }
      this.counters.retried += series.length;
      this.log(`remote write to ${this.config.url} failed, will be retried: ${status === 0 ? '' : status} ${message}`);
      await new Promise((resolve) => setTimeout(resolve, wait).unref());
    }
  }
}

/**
 * Posts a body of `encodeWrite`; the status is 0 when nobody answered. Signs as the configuration says.
 */
export function remoteWriteSender(config: RemoteWriteConfig): (body: Buffer) => Promise<WriteAnswer> {
  const sign = signer(config);
  return async (body) => {
    try {
      const url = new URL(config.url);
      const request = await sign(
        new HttpRequest({
          method: 'POST',
          protocol: url.protocol,
          hostname: url.hostname,
          ...(url.port !== '' && { port: Number(url.port) }),
          path: url.pathname,
          headers: {
            host: url.host,
            'content-type': 'application/x-protobuf',
            'content-encoding': 'snappy',
            'x-prometheus-remote-write-version': '0.1.0',
          },
          body,
        }),
      );
      const { host: _, ...headers } = request.headers;
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      return { status: response.status, message: (await response.text()).slice(0, 300) };
    } catch (error) {
      const { message, cause } = error as Error;
      return { status: 0, message: cause instanceof Error ? `${message}: ${cause.message}` : message };
    }
  };
}

/**
 * With a sigv4 block, signs as `aps` with the AWS SDK's credential chain, as Prometheus does; without one, does not
 * sign.
 */
function signer({ sigv4 }: RemoteWriteConfig): (request: HttpRequest) => Promise<HttpRequest> {
  if (sigv4 === undefined) return async (request) => request;
  let made: SignatureV4 | undefined;
  return async (request) => {
    // Loaded at the first write: the credential chain takes half of a small process's start time.
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    made ??= new SignatureV4({
      service: 'aps',
      region: sigv4.region ?? process.env['AWS_REGION'] ?? '',
      credentials: fromNodeProviderChain(),
      sha256: Sha256,
    });
    return (await made.sign(request)) as HttpRequest;
  };
}
