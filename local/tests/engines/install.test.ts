import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { type BackendDescription, backends } from '../../engines';
import { cachePath } from '../../engines/cache';
import { installBackend } from '../../engines/install';
import { createProgress } from '../../engines/install/progress';

const program = '#!/bin/sh\necho "loki, version 3.7.8"\n';
const zip = Buffer.from(zipSync({ 'loki-bin': Buffer.from(program), LICENSE: Buffer.from('text') }));
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

let directory: string;
let server: Server;
let url: string;
let files: Record<string, Buffer | number>;
let requests: { path: string; range: string | undefined }[];
let output: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'install-'));
  requests = [];
  output = '';
  files = { '/loki.zip': zip, '/SHA256SUMS': Buffer.from(`${'0'.repeat(64)}  other.zip\n${sha256(zip)}  loki.zip\n`) };
  server = createServer((request, response) => {
    const { range } = request.headers;
    const path = request.url ?? '';
    requests.push({ path, range });
    const content = files[path];
    if (content === undefined || typeof content === 'number') return response.writeHead(content ?? 404).end();
    const start = range ? Number(/\d+/.exec(range)?.[0]) : 0;
    if (start >= content.length) return response.writeHead(416).end();
    return response
      .writeHead(range ? 206 : 200, { 'content-length': content.length - start })
      .end(content.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function loki(): BackendDescription {
  return {
    ...backends.loki,
    archive: { url: () => `${url}/loki.zip`, checksums: () => `${url}/SHA256SUMS`, member: () => 'loki-bin' },
  };
}
const install = (description = loki()) =>
  installBackend(description, {
    cache: directory,
    progress: createProgress('Loki', { write: (text) => (output += text) }),
  });
const target = (): string => cachePath(backends.loki, directory);

describe('installBackend', () => {
  it('installs a release with the published checksum and leaves no other file', async () => {
    expect(await install()).toBe('added');
    expect(readFileSync(target(), 'utf8')).toBe(program);
    expect(readdirSync(join(directory, 'loki-3.7.8'))).toEqual(['loki']);
    // The lock's file stays: deleting it would race with the next holder.
    expect(readdirSync(directory)).toEqual(['.loki.lock', 'loki-3.7.8']);
    expect(output).toContain('its checksum is the published one');
  });

  it('downloads nothing when the engine is in the cache', async () => {
    await install();
    requests = [];
    expect(await install()).toBe('present');
    expect(requests).toEqual([]);
  });

  it('deletes a file with another checksum, and names both checksums', async () => {
    files['/SHA256SUMS'] = Buffer.from(`${'a'.repeat(64)}  loki.zip\n`);
    await expect(install()).rejects.toMatchObject({
      name: 'ChecksumMismatch',
      message: expect.stringContaining(sha256(zip)),
    });
    expect(readdirSync(join(directory, 'loki-3.7.8'))).toEqual([]);
  });

  it('resumes an interrupted download', async () => {
    mkdirSync(join(directory, 'loki-3.7.8'));
    writeFileSync(join(directory, 'loki-3.7.8/.loki.zip.partial'), zip.subarray(0, 40));
    expect(await install()).toBe('added');
    expect(requests).toContainEqual({ path: '/loki.zip', range: 'bytes=40-' });
  });

  it('downloads once when two installations run at the same time', async () => {
    expect((await Promise.all([install(), install()])).sort()).toEqual(['added', 'present']);
    expect(requests.filter(({ path }) => path === '/loki.zip')).toHaveLength(1);
    expect(output).toContain(`waiting for process ${process.pid}, which holds ${join(directory, '.loki.lock')}`);
  });

  it('takes over the lock of a process that has ended', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(directory, '.loki.lock'), String(pid));
    expect(await install()).toBe('added');
  });

  const serve = (path: string, content: Buffer | number) => (description: BackendDescription) => {
    files[path] = content;
    return description;
  };
  const unreachable = {
    url: () => 'http://127.0.0.1:9/x.zip',
    checksums: () => 'http://127.0.0.1:9/S',
    member: () => 'x',
  };

  it.each<[string, (description: BackendDescription) => BackendDescription, RegExp]>([
    ['the server has no such archive', serve('/loki.zip', 404), /release: .*loki\.zip answered 404/],
    ['the server fails', serve('/SHA256SUMS', 503), /release: .*SHA256SUMS answered 503/],
    ['the checksum file does not name it', serve('/SHA256SUMS', Buffer.from('x y\n')), /has no SHA-256 of loki\.zip/],
    [
      'the network prevents the download',
      (each) => ({ ...each, archive: unreachable }),
      /127\.0\.0\.1:9 is out of reach/,
    ],
    [
      'the program has another version',
      (each) => ({ ...each, version: '3.7.9' }),
      /the program says that it is version 3\.7\.8/,
    ],
  ])('says what to do when %s', async (_, change, reason) => {
    await expect(install(change(loki()))).rejects.toMatchObject({
      name: 'InstallFailed',
      message: expect.stringContaining('Set LOKI_BIN to a Loki'),
      reasons: [expect.stringMatching(reason), 'module: it has no Go module to build'],
    });
    expect(existsSync(target())).toBe(false);
  });

  // Every write to this device fails as on a full disk.
  (existsSync('/dev/full') ? it : it.skip)('reports a full disk, and resumes when there is room', async () => {
    mkdirSync(join(directory, 'loki-3.7.8'));
    const partial = join(directory, 'loki-3.7.8/.loki.zip.partial');
    symlinkSync('/dev/full', partial);
    await expect(install()).rejects.toMatchObject({
      reasons: [
        `release: the disk of ${directory} is full: make room, or name another place by BACKENDS_CACHE`,
        expect.anything(),
      ],
    });
    rmSync(partial);
    expect(await install()).toBe('added');
  });

  it('reports a cache that cannot be written', async () => {
    writeFileSync(join(directory, 'loki-3.7.8'), '');
    await expect(install()).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

describe('the module files', () => {
  it('exist only for engines that are not under the AGPL', () => {
    const built = Object.values(backends).flatMap(({ name, module }) => (module ? [name] : []));
    expect(built).toEqual(['prometheus', 'otelcol', 's3']);
    expect(readdirSync(join(__dirname, '../../engines/modules')).toSorted()).toEqual(built.toSorted());
  });

  it('of the Collector has a main program, and pins all components at one release', () => {
    const text = readFileSync(join(__dirname, '../../engines/modules/otelcol/go.mod'), 'utf8');
    const { module, version } = backends.otelcol;
    expect(text).toContain(`module ${module?.path}\n`);
    const [direct = ''] = /require \(([^)]*)\)/.exec(text) ?? [];
    const versions = [...direct.matchAll(/ (v\S+)$/gm)].map(([, each]) => each);
    // The Collector's stable modules count from 1.
    expect(new Set(versions)).toEqual(new Set([`v${version}`, 'v1.62.0']));
  });

  it.each(Object.values(backends).filter(({ name, module }) => module && name !== 'otelcol'))(
    "pin $title at the catalogue's version",
    ({ name, module }) => {
      const text = readFileSync(join(__dirname, '../../engines/modules', name, 'go.mod'), 'utf8');
      const root = module?.path.replace(/\/cmd\/.*$/, '');
      expect(text).toContain(`tool ${module?.path}\n`);
      expect(text).toContain(`\t${root} ${module?.version} `);
    },
  );
});
