/**
 * Requests from the workspace to its data sources: plain HTTP, or signed with SigV4 as the workspace role where the
 * data source says so. The query time-out of AMG is 60 s.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsError, type TemporaryCredentials } from '../kernel/contracts';
import type { DataSource } from './data-sources';
import type { WorkspaceState } from './workspace-state';

export interface Outgoing {
  readonly method: string;
  /** Path below the data source's URL, starts with a slash, without the query string. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface Incoming {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** The data source did not answer; `status` is Grafana's response: 502, or 504 for a time-out. */
export class DataSourceUnreachable extends Error {
  constructor(
    readonly status: 502 | 504,
    message: string,
    options?: { cause: unknown },
  ) {
    super(message, options);
    this.name = 'DataSourceUnreachable';
  }
}

const timeoutMs = 60_000;

/** Throws DataSourceUnreachable. No HTTP status is an error here. */
export async function askDataSource(
  grafana: WorkspaceState,
  source: DataSource,
  outgoing: Outgoing,
): Promise<Incoming> {
  const base = source.url.replace(/\/$/, '');
  const search = outgoing.query?.toString();
  const url = new URL(`${base}${outgoing.path}${search ? `?${search}` : ''}`);
  const plain = { ...outgoing.headers, ...basicAuth(source) };
  const headers = signs(grafana, source) ? await sign(grafana, source, url, outgoing, plain) : plain;
  return send(grafana, url, outgoing, headers);
}

/** Sends a request of the workspace to an AWS API, signed as the workspace role. */
export async function askAws(
  grafana: WorkspaceState,
  credentials: TemporaryCredentials,
  scope: { service: string; region: string },
  url: URL,
  outgoing: Omit<Outgoing, 'path'>,
): Promise<Incoming> {
  const headers = await signHeaders(
    grafana,
    credentials,
    scope,
    url,
    outgoing.method,
    outgoing.headers ?? {},
    outgoing.body,
  );
  return send(grafana, url, outgoing, headers);
}

async function send(
  grafana: WorkspaceState,
  url: URL,
  outgoing: Omit<Outgoing, 'path'>,
  headers: Record<string, string>,
): Promise<Incoming> {
  try {
    const { host: _host, ...rest } = headers;
    const body =
      outgoing.body === undefined || outgoing.method === 'GET' || outgoing.method === 'HEAD' ? null : outgoing.body;
    const response = await fetch(url, {
      method: outgoing.method,
      headers: rest,
      body: body === null || typeof body === 'string' ? body : new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), grafana.options.closing]),
    });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new DataSourceUnreachable(
        504,
        `${outgoing.method} ${url.origin}${url.pathname}: context deadline exceeded`,
        { cause: error },
      );
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new DataSourceUnreachable(502, `${outgoing.method} ${url.origin}${url.pathname}: ${cause}`, { cause: error });
  }
}

/** The core Prometheus source signs up to Grafana 11. From 12 on it does not, only the Amazon plugin does. */
function signs(grafana: WorkspaceState, source: DataSource): boolean {
  if (source.jsonData['sigV4Auth'] !== true) return false;
  return (
    source.type === 'grafana-amazonprometheus-datasource' ||
    (source.type === 'prometheus' && grafana.features.coreSigV4)
  );
}

async function sign(
  grafana: WorkspaceState,
  source: DataSource,
  url: URL,
  outgoing: Outgoing,
  headers: Record<string, string>,
): Promise<Record<string, string>> {
  const type = String(source.jsonData['sigV4AuthType'] ?? 'default');
  // Not known for certain which values AMG accepts, so they are an option. aws-facts: prometheus-sign-in
  if (!grafana.options.signIns.includes(type))
    throw new DataSourceUnreachable(502, `invalid SigV4 auth type "${type}"`);
  const region = String(source.jsonData['sigV4Region'] ?? '');
  if (!region) throw new DataSourceUnreachable(502, 'MissingRegion: could not find region configuration');
  const service = String(source.jsonData['sigv4Service'] ?? source.jsonData['sigV4Service'] ?? 'aps');
  let credentials: TemporaryCredentials;
  try {
    credentials = grafana.options.credentials();
  } catch (error) {
    throw new DataSourceUnreachable(
      502,
      error instanceof AwsError ? `${error.code}: ${error.message}` : String(error),
      { cause: error },
    );
  }
  return signHeaders(grafana, credentials, { service, region }, url, outgoing.method, headers, outgoing.body);
}

async function signHeaders(
  grafana: WorkspaceState,
  credentials: TemporaryCredentials,
  scope: { service: string; region: string },
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer | string | undefined,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ ...scope, credentials, sha256: Sha256 });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const signed = await signer.sign(
    new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: { ...headers, host: url.host },
      ...(body !== undefined && method !== 'GET' && { body }),
    }),
    // Signs by the local cloud's clock.
    { signingDate: new Date(grafana.options.now()) },
  );
  return signed.headers;
}

function basicAuth(source: DataSource): Record<string, string> {
  if (!source.basicAuth) return {};
  const pair = `${source.basicAuthUser}:${source.secureJsonData['basicAuthPassword'] ?? ''}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
