import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BackendName, backends, resolveBackend } from '../../engines';
import { cachePath } from '../../engines/cache';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'backends-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A program that prints its version, as the engines do. */
function program(file: string, says: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "${says}"\n`);
  chmodSync(file, 0o755);
  return file;
}
/** An environment with no Docker on PATH and an empty cache. */
const bare = (): Record<string, string> => ({ PATH: join(directory, 'bin'), BACKENDS_CACHE: join(directory, 'cache') });
const withDocker = (): Record<string, string> => {
  program(join(directory, 'bin/docker'), '27.3.1');
  return bare();
};

describe('resolveBackend', () => {
  it('prefers the binary that the variable names', async () => {
    const file = program(join(directory, 'mine'), 'loki, version 3.7.2 (branch: x)');
    program(join(directory, 'bin/loki'), 'loki, version 3.7.8');
    const backend = await resolveBackend('loki', { environment: { ...bare(), LOKI_BIN: file } });
    expect(backend).toMatchObject({ kind: 'binary', label: `Loki 3.7.2 (binary, ${file})`, notes: [] });
    expect(backend.command(['-config.file=x'], { cwd: '/', env: { A: 'b' } })).toEqual({
      file,
      args: ['-config.file=x'],
      env: { A: 'b' },
    });
  });

  it("does not take Go's version for the engine's", async () => {
    const file = program(join(directory, 'mine'), 'tempo, version  (branch: , revision: )\n  go version: go1.26.0');
    expect(await resolveBackend('tempo', { environment: { ...bare(), TEMPO_BIN: file } })).toMatchObject({
      kind: 'binary',
      notes: [],
    });
  });

  it('prefers a binary on PATH to the cache', async () => {
    const file = program(join(directory, 'bin/loki'), 'loki, version 3.7.8');
    program(cachePath(backends.loki, join(directory, 'cache')), 'loki, version 3.7.8');
    expect(await resolveBackend('loki', { environment: bare() })).toMatchObject({
      kind: 'binary',
      label: `Loki 3.7.8 (binary, ${file})`,
    });
  });

  it('skips a binary of another major version, and reports it', async () => {
    const file = program(join(directory, 'bin/prometheus'), 'prometheus, version 2.42.0+ds (branch: debian/sid)');
    const backend = await resolveBackend('prometheus', { environment: bare() });
    expect(backend.kind).toBe('stand-in');
    expect(backend.notes).toEqual([`Prometheus 2.42.0 at ${file} is skipped: 3.x is needed.`]);
  });

  it('prefers the cache to Docker', async () => {
    program(cachePath(backends.prometheus, join(directory, 'cache')), 'prometheus, version 3.13.5');
    expect(await resolveBackend('prometheus', { environment: withDocker() })).toMatchObject({
      kind: 'cache',
      label: 'Prometheus 3.13.5 (cache)',
    });
  });

  it('prefers Docker to the stand-in when a Docker engine answers', async () => {
    expect(await resolveBackend('tempo', { environment: withDocker() })).toMatchObject({
      kind: 'docker',
      label: `Tempo ${backends.tempo.version} (Docker, grafana/tempo:${backends.tempo.version})`,
    });
  });

  it('does not use a Docker client without an engine', async () => {
    writeFileSync(
      program(join(directory, 'bin/docker'), ''),
      '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n',
    );
    expect((await resolveBackend('tempo', { environment: bare() })).kind).toBe('stand-in');
  });

  it.each<[BackendName, string]>([
    ['loki', 'Loki stand-in'],
    ['tempo', 'Tempo stand-in'],
    ['prometheus', 'Prometheus stand-in'],
    ['grafana', 'Grafana stand-in'],
    ['s3', 'S3 stand-in'],
  ])('has a stand-in of %s', async (name, label) => {
    expect(await resolveBackend(name, { environment: bare() })).toMatchObject({ kind: 'stand-in', label });
  });

  it('forces the stand-in with LOCAL_BACKENDS=standin', async () => {
    program(join(directory, 'bin/loki'), 'loki, version 3.7.8');
    expect((await resolveBackend('loki', { environment: { ...bare(), LOCAL_BACKENDS: 'standin' } })).kind).toBe(
      'stand-in',
    );
  });

  it('makes a missing engine an error with its remedy under LOCAL_BACKENDS=real', async () => {
    await expect(resolveBackend('tempo', { environment: { ...bare(), LOCAL_BACKENDS: 'real' } })).rejects.toMatchObject(
      {
        name: 'BackendMissing',
        message: `Tempo was not found. Set TEMPO_BIN to a Tempo ${backends.tempo.version} binary, run \`npm run backends tempo\`, or start Docker.`,
      },
    );
  });

  it.each([
    ['names nothing', () => join(directory, 'no-such'), /LOKI_BIN names .*no-such, which is not an executable file/],
    [
      'names another major version',
      () => program(join(directory, 'old'), 'loki, version 2.9.10'),
      /LOKI_BIN names Loki 2.9.10; 3.x is needed/,
    ],
  ])('refuses a variable that %s', async (_, file, message) => {
    await expect(resolveBackend('loki', { environment: { ...bare(), LOKI_BIN: file() } })).rejects.toThrow(message);
  });

  it('refuses another value of LOCAL_BACKENDS', async () => {
    await expect(resolveBackend('loki', { environment: { LOCAL_BACKENDS: 'fake' } })).rejects.toThrow(
      'LOCAL_BACKENDS is "fake"',
    );
  });

  it('throws for the command of the S3 stand-in, which is not a process', async () => {
    const backend = await resolveBackend('s3', { environment: bare() });
    expect(() => backend.command([], { cwd: '/', env: {} })).toThrow(
      'The stand-in of versitygw runs inside the local cloud',
    );
  });
});
