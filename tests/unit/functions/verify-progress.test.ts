import type { AuditStore } from '../../../functions/domain/audit';
import { progressWriter } from '../../../functions/verify-signal/progress';
import { testClock } from '../../helpers/test-clock';

const waiting = (name: string, looks: number) => ({
  name,
  what: `${name}: nothing`,
  looks,
  until: '2026-11-23T12:02:00.000Z',
});

function recordingStore(): { readonly audit: AuditStore; readonly written: unknown[] } {
  const written: unknown[] = [];
  const write = async (_key: string, text: string) => void written.push(JSON.parse(text));
  return { audit: { write } as unknown as AuditStore, written };
}

it('writes nothing for checks that pass at once', async () => {
  const { audit, written } = recordingStore();
  const progress = progressWriter('runs/1/waiting/traces.json', audit, testClock());
  progress.say(waiting('a', 1));
  progress.done('a');
  await progress.end();
  expect(written).toEqual([]);
});

it('writes which checks still wait, at most every two seconds, and an empty list at the end', async () => {
  const { audit, written } = recordingStore();
  const clock = testClock();
  const progress = progressWriter('runs/1/waiting/traces.json', audit, clock);
  progress.say(waiting('a', 1));
  progress.say(waiting('b', 1));
  await clock.sleep(2_000);
  progress.say(waiting('b', 2));
  progress.say(waiting('b', 3));
  progress.done('a');
  await clock.sleep(2_000);
  progress.say(waiting('b', 4));
  await progress.end();
  expect(written).toEqual([[waiting('a', 1), waiting('b', 2)], [waiting('b', 4)], []]);
});

it('lets a check go on where the audit bucket refuses the write', async () => {
  const audit = { write: () => Promise.reject(new Error('AccessDenied')) } as unknown as AuditStore;
  const clock = testClock();
  const progress = progressWriter('runs/1/waiting/traces.json', audit, clock);
  await clock.sleep(2_000);
  progress.say(waiting('a', 1));
  await expect(progress.end()).resolves.toBeUndefined();
});
