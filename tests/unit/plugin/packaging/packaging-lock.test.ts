import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockPackaging } from '../../../../plugin/packaging/packaging-lock';

describe('the packaging lock', () => {
  let directory: string;
  let file: string;
  const said: string[] = [];
  const lock = (wait?: number) =>
    lockPackaging({ file, say: (line) => said.push(line), ...(wait !== undefined && { wait }) });

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'packaging-lock-'));
    file = path.join(directory, 'lock');
    said.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('names its process, and is gone once released', async () => {
    const release = await lock();
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('makes the second wait for the first, and says so', async () => {
    const release = await lock();
    const second = lock();
    release();
    (await second)();
    expect(said).toEqual([expect.stringContaining(`(${process.pid})`)]);
  });

  it('is taken over from a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'exit');
    writeFileSync(file, String(child.pid));
    (await lock())();
    expect(said).toEqual([]);
  });

  it('gives up on an owner that never ends, naming it and the file', async () => {
    const release = await lock();
    await expect(lock(0)).rejects.toThrow(new RegExp(`Process ${process.pid} .*${path.basename(file)}`));
    release();
  });
});
