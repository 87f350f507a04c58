import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockPackaging } from '../../../../plugin/packaging/packaging-lock';

const source = path.resolve(__dirname, '../../../../plugin/packaging/packaging-lock.ts');

describe('the packaging lock', () => {
  let directory: string;
  let file: string;
  const reported: string[] = [];
  const lock = (wait?: number) =>
    lockPackaging({ file, onWaiting: (line) => reported.push(line), ...(wait !== undefined && { wait }) });
  /** A process that runs this code with the variables `lock` and `file`. */
  const other = (code: string): ChildProcess =>
    spawn(
      process.execPath,
      [
        ...['--import', 'tsx', '--input-type=module', '--eval'],
        `import lib from ${JSON.stringify(source)};
         import { appendFileSync, writeFileSync, rmSync } from 'node:fs';
         const file = ${JSON.stringify(file)};
         const lock = () => lib.lockPackaging({ file, onWaiting: () => {} });
         ${code}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'packaging-lock-'));
    file = path.join(directory, 'lock');
    reported.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is free once it is released, however often', async () => {
    const release = await lock();
    release();
    release();
    (await lock(0))();
    expect(reported).toEqual([]);
  });

  it('makes the second process wait for the first, and logs the file, the owner and the limit', async () => {
    const release = await lock();
    const second = lock();
    release();
    (await second)();
    expect(reported).toEqual([expect.stringContaining(`holds ${file} (process ${process.pid}, since `)]);
    expect(reported[0]).toContain('at most 45 minutes');
  });

  it('is released by a killed process, and is free for the next at once', async () => {
    const child = other(`await lock(); console.log('held'); setInterval(() => {}, 1000);`);
    await once(child.stdout ?? child, 'data');
    await expect(lock(0)).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await lock(0))();
  });

  it.each([
    ['an empty file', ''],
    ['the process id of an older version', '12345'],
    ['any text', 'x'.repeat(5000)],
  ])('waits for nobody where there is %s', async (_what, text) => {
    writeFileSync(file, text);
    (await lock(0))();
    expect(reported).toEqual([]);
  });

  it('has one holder at a time, even if processes are killed while they hold it', async () => {
    const mark = path.join(directory, 'held');
    const round = `
      for (let n = 0; n < 20; n += 1) {
        const release = await lock();
        writeFileSync(${JSON.stringify(mark)}, '', { flag: 'wx' });
        rmSync(${JSON.stringify(mark)});
        if (process.argv[1] === 'dies' && n === 5) process.kill(process.pid, 'SIGKILL');
        release();
      }
      appendFileSync(${JSON.stringify(`${mark}.all`)}, 'x');`;
    const children = [1, 2, 3].map(() => other(round));
    const dying = other(round.replace("process.argv[1] === 'dies'", 'true'));
    await Promise.all([...children, dying].map((child) => once(child, 'exit')));
    expect(readFileSync(`${mark}.all`, 'utf8')).toBe('xxx');
  });

  it('gives up on an owner that never ends, and names it and the file', async () => {
    const release = await lock();
    await expect(lock(0)).rejects.toThrow(new RegExp(`held ${file} for more than 0 s \\(process ${process.pid}, `));
    release();
  });
});
