import { globSync, readFileSync } from 'node:fs';

const rooms = ['local/aws', 'local/kernel', 'local/page'];
const files = rooms.flatMap((room) => globSync(`${room}/**/*.ts`));

/** Lines that read the system clock, except those after a comment with the reason: `// System clock: …`. */
function systemClockReads(text: string): readonly number[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    /new Date\(\)|Date\.now\(\)/.test(line) && !lines[index - 1]?.includes('// System clock: ') ? [index + 1] : [],
  );
}

describe("the cloud's clock", () => {
  test('finds a read of the system clock, and accepts one with a reason', () => {
    expect(systemClockReads('const a = 1;\nconst b = new Date();\nconst c = Date.now();')).toEqual([2, 3]);
    expect(systemClockReads('// System clock: another process compares it.\nconst b = new Date();')).toEqual([]);
  });

  test('is the only clock of the services, the kernel and the page (kernel.now)', () => {
    expect(files.length).toBeGreaterThan(100);
    const reads = files.flatMap((file) =>
      systemClockReads(readFileSync(file, 'utf8')).map((line) => `${file}:${line}`),
    );
    expect(reads).toEqual([]);
  });
});
