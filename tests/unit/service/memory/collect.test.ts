import fc from 'fast-check';
import { ByteBudget } from '../../../../service/memory/byte-budget';
import { Collector } from '../../../../service/memory/collect';

const collect = (chunks: readonly Uint8Array[], maxBytes: number, expectedBytes?: number) => {
  let held = 0;
  const lease = new ByteBudget(1000, (bytes) => {
    held = bytes;
  }).lease();
  const collector = new Collector({ maxBytes, lease, expectedBytes });
  const shortage = chunks.map((chunk) => collector.add(Buffer.from(chunk))).find((result) => result !== undefined);
  return { collector, shortage, held: () => held };
};

describe('Collector', () => {
  it('returns the bytes unchanged, whatever their chunks and their Content-Length, and holds no more memory than that', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }),
        fc.option(fc.nat(2000), { nil: undefined }),
        (chunks, expectedBytes) => {
          const { collector, shortage, held } = collect(chunks, 1000, expectedBytes);
          const whole = Buffer.concat(chunks);
          expect(shortage).toBeUndefined();
          expect(collector.bytes().equals(whole)).toBe(true);
          expect(held()).toBe(whole.length);
          collector.discard();
          expect(held()).toBe(0);
        },
      ),
    );
  });

  it('copies its chunks: a view on a large buffer does not keep the buffer in memory', () => {
    const { collector } = collect([Buffer.alloc(1000).subarray(0, 1), Buffer.alloc(1000).subarray(0, 1)], 1000);
    expect(collector.bytes().buffer.byteLength).toBe(1000);
    const announced = collect(
      [Buffer.alloc(1000).subarray(0, 1), Buffer.alloc(1000).subarray(0, 1)],
      1000,
      2,
    ).collector;
    expect(announced.bytes().buffer.byteLength).toBe(2);
  });

  it('distinguishes a stream that is too large from a process that holds too much', () => {
    expect(collect([Buffer.alloc(6), Buffer.alloc(6)], 10).shortage).toBe('too-large');
    expect(collect([Buffer.alloc(600), Buffer.alloc(600)], 2000).shortage).toBe('no-memory');
  });
});

describe('ByteBudget', () => {
  it('is shared by its leases; an ended lease takes nothing and returns nothing twice', () => {
    const told: number[] = [];
    const budget = new ByteBudget(10, (bytes) => told.push(bytes));
    const [first, second] = [budget.lease(), budget.lease()];
    expect([first.take(6), second.take(6), second.take(4)]).toEqual([true, false, true]);
    expect(budget.isFull).toBe(true);
    first.end();
    first.giveBack(6);
    expect([first.take(1), second.take(6), budget.isFull]).toEqual([false, true, true]);
    second.giveBack(100);
    expect(told).toEqual([6, 10, 4, 10, 0]);
  });
});
