import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ClientConfig } from '../serverless';

/** A value of an instant vector, with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type InstantQuery = (promql: string) => Promise<readonly Sample[]>;

/** AMP's own limit of a query is shorter. */
const TIMEOUT_MS = 60_000;

/**
 * Instant queries of an AMP workspace with the user's own credentials. AMP's endpoint is public, unlike Loki's and
 * Tempo's (aws-facts: amp-public-query). Throws an error with AMP's status and text when it refuses.
 */
export function ampQueries(endpoint: string, { region, credentials }: ClientConfig): InstantQuery {
  const url = new URL('api/v1/query', endpoint);
  const signer = new SignatureV4({ service: 'aps', region, credentials, sha256: Sha256 });
  return async (promql) => {
    const body = new URLSearchParams({ query: promql }).toString();
    const signed = await signer.sign(
      new HttpRequest({
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port && { port: Number(url.port) }),
        path: url.pathname,
        headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      }),
    );
    const { host: _, ...headers } = signed.headers;
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`Managed Prometheus answered ${response.status}: ${text.slice(0, 300)}`);
    return readVector(text);
  };
}

interface VectorAnswer {
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

function readVector(text: string): readonly Sample[] {
  const { data } = JSON.parse(text) as VectorAnswer;
  return (data?.result ?? []).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
