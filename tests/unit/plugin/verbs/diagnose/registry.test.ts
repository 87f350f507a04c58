import { readImage } from '../../../../../plugin/verbs/diagnose/image-reference';
import { readManifest } from '../../../../../plugin/verbs/diagnose/registry';
import { answeringServer, type Reply } from '../../../../helpers/answering-server';

type Server = Awaited<ReturnType<typeof answeringServer>>;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A registry with a response per path. For any other path it responds as for a missing tag. */
async function registryWith(answers: Readonly<Record<string, Reply>>): Promise<Server> {
  const server = await answeringServer(
    ({ path }) => answers[path] ?? { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } },
  );
  servers.push(server);
  return server;
}

const hostOf = (server: Server): string => new URL(server.url).host;
const ask = (server: Server, name: string, timeout?: number) =>
  readManifest(readImage(`${hostOf(server)}/${name}`), timeout);

const index = (...architectures: readonly string[]): Reply => ({
  headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
  body: {
    manifests: [
      ...architectures.map((architecture) => ({ platform: { os: 'linux', architecture } })),
      // An attestation, as BuildKit adds to each image.
      { platform: { os: 'unknown', architecture: 'unknown' } },
    ],
  },
});

describe('an image name', () => {
  it.each([
    ['grafana/loki:3.7.8', 'https://registry-1.docker.io/', 'grafana/loki', '3.7.8'],
    ['docker.io/grafana/loki:3.7.8', 'https://registry-1.docker.io/', 'grafana/loki', '3.7.8'],
    ['node:24', 'https://registry-1.docker.io/', 'library/node', '24'],
    ['node', 'https://registry-1.docker.io/', 'library/node', 'latest'],
    ['public.ecr.aws/docker/library/node:24-slim', 'https://public.ecr.aws/', 'docker/library/node', '24-slim'],
    ['quay.io/prometheus/prometheus:v3', 'https://quay.io/', 'prometheus/prometheus', 'v3'],
    ['ghcr.io/a/b@sha256:00ff', 'https://ghcr.io/', 'a/b', 'sha256:00ff'],
    ['ghcr.io/a/b:1@sha256:00ff', 'https://ghcr.io/', 'a/b', 'sha256:00ff'],
    ['registry.example.org:5000/a', 'https://registry.example.org:5000/', 'a', 'latest'],
    ['localhost:5000/a:1', 'http://localhost:5000/', 'a', '1'],
  ])('%s', (image, registry, repository, reference) => {
    const read = readImage(image);
    expect({ ...read, registry: read.registry.href }).toEqual({ registry, repository, reference });
  });
});

it('reads the platforms of an image, asking for indexes and manifests alike', async () => {
  const registry = await registryWith({ '/v2/grafana/loki/manifests/3.7.8': index('amd64', 'arm64') });
  expect(await ask(registry, 'grafana/loki:3.7.8')).toEqual({
    kind: 'found',
    platforms: ['linux/amd64', 'linux/arm64', 'unknown/unknown'],
  });
  expect(registry.received[0]?.headers.accept).toMatch(/image\.index.*manifest\.list.*image\.manifest.*manifest\.v2/);
});

it('reads the platform of a single-platform image from its configuration', async () => {
  const registry = await registryWith({
    '/v2/app/manifests/1': { body: { schemaVersion: 2, config: { digest: 'sha256:c0' } } },
    '/v2/app/blobs/sha256:c0': { body: { os: 'linux', architecture: 'amd64', history: [] } },
  });
  expect(await ask(registry, 'app:1')).toEqual({ kind: 'found', platforms: ['linux/amd64'] });
});

it('gets a token for the repository from the registry’s token service, and repeats the request with it', async () => {
  const registry = await answeringServer(({ path, headers }) => {
    if (path.startsWith('/token')) return { body: { token: 't0ken' } };
    if (headers.authorization === 'Bearer t0ken') return index('arm64');
    const realm = `http://${headers.host}/token`;
    return {
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="${realm}",service="registry.example.org",scope="repository:grafana/loki:pull"`,
      },
    };
  });
  servers.push(registry);
  expect(await ask(registry, 'grafana/loki:3.7.8')).toMatchObject({ kind: 'found' });
  const token = new URL(registry.received[1]?.path ?? '', registry.url);
  expect(Object.fromEntries(token.searchParams)).toEqual({
    service: 'registry.example.org',
    scope: 'repository:grafana/loki:pull',
  });
});

describe('without an image', () => {
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="private"' } };
  it.each<[string, Reply, object]>([
    ['a tag that is not there', { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } }, { kind: 'missing' }],
    ['a registry that wants a login', challenge, { kind: 'denied' }],
    ['a repository that is not public', { status: 403 }, { kind: 'denied' }],
    [
      'a pull limit',
      { status: 429 },
      { kind: 'unknown', reason: expect.stringMatching(/127\.0\.0\.1:\d+ answered 429/) },
    ],
    ['a broken registry', { status: 503 }, { kind: 'unknown', reason: expect.stringContaining('503') }],
    ['a page of a proxy', { body: '<html>Log in</html>' }, { kind: 'unknown', reason: expect.any(String) }],
    [
      'JSON that is no manifest',
      { body: { hello: 1 } },
      { kind: 'unknown', reason: expect.stringContaining('not an image manifest') },
    ],
    [
      'JSON that is not an object',
      { body: 'null' },
      { kind: 'unknown', reason: expect.stringContaining('not an object') },
    ],
    [
      'a connection that breaks',
      { fail: 'reset' },
      { kind: 'unknown', reason: expect.stringContaining('cannot be reached') },
    ],
    [
      'a body without an end',
      { body: `{"a":"${'x'.repeat(5 << 20)}"}` },
      { kind: 'unknown', reason: expect.stringContaining('more than') },
    ],
  ])('says what it saw of %s', async (_title, reply, answer) => {
    const registry = await registryWith({ '/v2/app/manifests/1': reply });
    expect(await ask(registry, 'app:1')).toEqual(answer);
  });

  it('gives up on a registry that does not answer', async () => {
    const registry = await registryWith({ '/v2/app/manifests/1': { fail: 'hang' } });
    expect(await ask(registry, 'app:1', 200)).toEqual({ kind: 'unknown', reason: 'no answer within 0.2 s' });
  });

  it('says that a registry does not resolve', async () => {
    expect(await readManifest(readImage('registry.invalid/app:1'))).toEqual({
      kind: 'unknown',
      reason: expect.stringMatching(/registry\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/),
    });
  });

  it('says so when no token is given', async () => {
    const registry = await answeringServer(({ path, headers }) =>
      path.startsWith('/token')
        ? { status: 401 }
        : { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token",service="s"` } },
    );
    servers.push(registry);
    expect(await ask(registry, 'app:1')).toEqual({ kind: 'denied' });
  });
});
