import type { ImageReference } from './image-reference';

/** A registry's answer about an image, without a login. */
export type ManifestAnswer =
  /** `linux/arm64`, one for each platform that the image is made for. */
  | { readonly kind: 'found'; readonly platforms: readonly string[] }
  | { readonly kind: 'missing' }
  /** There is none, or it is not public. Registries do not distinguish these. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'unknown'; readonly reason: string };

interface Manifest {
  readonly manifests?: readonly { readonly platform?: { readonly os?: string; readonly architecture?: string } }[];
  readonly config?: { readonly digest?: string };
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Limit on a manifest: 4 MiB (OCI distribution specification). */
const largestBody = 4 * 1024 * 1024;

/**
 * Reads an image's manifest by the OCI distribution specification. When the registry answers with a token service, gets
 * a token there and repeats the request. Never throws; all requests together end within `timeout` ms.
 */
export async function readManifest(image: ImageReference, timeout = 10_000): Promise<ManifestAnswer> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await read(image, signal);
  } catch (error) {
    if (signal.aborted) return { kind: 'unknown', reason: `no answer within ${timeout / 1000} s` };
    // `fetch` says only that it failed; its cause says why.
    const { cause, message } = error as { readonly cause?: { readonly code?: string }; readonly message?: string };
    const reason = cause?.code ? `${image.registry.host} cannot be reached (${cause.code})` : String(message ?? error);
    return { kind: 'unknown', reason };
  }
}

async function read({ registry, repository, reference }: ImageReference, signal: AbortSignal): Promise<ManifestAnswer> {
  const at = (path: string): URL => new URL(`/v2/${repository}/${path}`, registry);
  const manifestUrl = at(`manifests/${reference}`);
  let authorization: string | undefined;
  let answer = await fetch(manifestUrl, { headers: headersWith(authorization), signal });
  if (answer.status === 401) {
    authorization = await tokenFor(answer.headers.get('www-authenticate') ?? '', repository, signal);
    await answer.body?.cancel();
    if (authorization === undefined) return { kind: 'denied' };
    answer = await fetch(manifestUrl, { headers: headersWith(authorization), signal });
  }
  if (!answer.ok) {
    await answer.body?.cancel();
    if (answer.status === 404) return { kind: 'missing' };
    if (answer.status === 401 || answer.status === 403) return { kind: 'denied' };
    return { kind: 'unknown', reason: `${registry.host} answered ${answer.status}` };
  }
  const manifest = (await json(answer)) as Manifest;
  if (manifest.manifests !== undefined) {
    return { kind: 'found', platforms: manifest.manifests.map(({ platform }) => platformName(platform)) };
  }
  if (manifest.config?.digest === undefined)
    return { kind: 'unknown', reason: `${registry.host} answered 200 with something that is not an image manifest` };
  const config = await fetch(at(`blobs/${manifest.config.digest}`), { headers: headersWith(authorization), signal });
  if (!config.ok)
    return { kind: 'unknown', reason: `${registry.host} answered ${config.status} for its configuration` };
  return { kind: 'found', platforms: [platformName((await json(config)) as Parameters<typeof platformName>[0])] };
}

/** An anonymous token from the URL of a `Bearer` challenge; undefined if the registry gives none. */
async function tokenFor(challenge: string, repository: string, signal: AbortSignal): Promise<string | undefined> {
  if (!/^bearer /i.test(challenge)) return undefined;
  const named = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  if (!named['realm']) return undefined;
  const url = new URL(named['realm']);
  if (named['service']) url.searchParams.set('service', named['service']);
  url.searchParams.set('scope', named['scope'] ?? `repository:${repository}:pull`);
  const answer = await fetch(url, { signal });
  if (answer.status === 401 || answer.status === 403) {
    await answer.body?.cancel();
    return undefined;
  }
  if (!answer.ok) throw new Error(`${url.host} answered ${answer.status} when asked for a token`);
  const { token, access_token: accessToken } = (await json(answer)) as { token?: string; access_token?: string };
  const given = token ?? accessToken;
  return given === undefined ? undefined : `Bearer ${given}`;
}

function headersWith(authorization: string | undefined): Record<string, string> {
  return { accept: manifestTypes, ...(authorization !== undefined && { authorization }) };
}

function platformName(platform: { readonly os?: string; readonly architecture?: string } | undefined): string {
  return `${platform?.os ?? 'unknown'}/${platform?.architecture ?? 'unknown'}`;
}

async function json(answer: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > largestBody) throw new Error(`${new URL(answer.url).host} sent more than a manifest can have`);
    chunks.push(chunk);
  }
  const read: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof read !== 'object' || read === null)
    throw new Error(`${new URL(answer.url).host} sent JSON that is not an object`);
  return read;
}
