import { candidatesOf, keepHealthy, nearestFirst } from '../../../functions/apply-data-source/sign-in';
import { testClock } from '../../helpers/test-clock';

const model = { uid: 'prometheus', name: 'Prometheus', type: 'prometheus', access: 'proxy', jsonData: { region: 'r' } };
const candidates = candidatesOf(model, [{ sigV4AuthType: 'a' }, { sigV4AuthType: 'b' }]);

it('tries one model for each way to sign in, or the only one', () => {
  expect(candidates.map(({ jsonData }) => jsonData)).toEqual([
    { region: 'r', sigV4AuthType: 'a' },
    { region: 'r', sigV4AuthType: 'b' },
  ]);
  expect(candidatesOf(model, undefined)).toEqual([model]);
});

it('begins with what is stored', () => {
  const [first] = nearestFirst(candidates, { ...model, jsonData: { region: 'changed', sigV4AuthType: 'b' } });
  expect(first).toBe(candidates[1]);
  expect(nearestFirst(candidates, undefined)).toEqual(candidates);
});

it('tries the first again after all were down for a while', async () => {
  const applied: unknown[] = [];
  let asked = 0;
  const { kept, failed } = await keepHealthy(candidates, {
    apply: async ({ jsonData }) => void applied.push(jsonData['sigV4AuthType']),
    ask: async () => ({ healthy: ++asked === 3, message: 'down' }),
    clock: testClock(),
  });
  expect(kept).toBe(candidates[0]);
  expect(applied).toEqual(['b', 'a']);
  expect(failed.size).toBe(1);
});

it('fails after a minute with each candidate’s message', async () => {
  const clock = testClock();
  const before = clock.now().getTime();
  const tried = keepHealthy(candidates, {
    apply: async () => undefined,
    ask: async ({ jsonData }) => ({ healthy: false, message: `no ${jsonData['sigV4AuthType']}` }),
    clock,
  });
  await expect(tried).rejects.toMatchObject({
    name: 'DataSourceUnhealthy',
    message: expect.stringContaining('a: no a; b: no b'),
  });
  expect(clock.now().getTime() - before).toBeLessThan(75_000);
});
