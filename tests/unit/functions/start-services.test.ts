import type { Ecs, EcsService } from '../../../functions/domain/ecs';
import { startServices } from '../../../functions/start-services/start-services';

/** ECS with these desired counts; records the scaled services. */
function ecsWith(desired: Readonly<Record<string, number>>) {
  const scaled: string[] = [];
  const services = Object.entries(desired).map(
    ([name, count]): EcsService => ({
      name,
      status: 'ACTIVE',
      desired: count,
      running: count,
      pending: 0,
      rollout: 'COMPLETED',
      deployments: 1,
      latestEvent: undefined,
    }),
  );
  const ecs: Ecs = {
    describe: async () => ({ services, failures: [] }),
    scale: async (_cluster, name, count) => void scaled.push(`${name} ${count}`),
    settings: async () => new Map(),
    stoppedReasons: async () => [],
  };
  return { ecs, scaled };
}

const counts = { api: 2, loki: 1 };

it.each([
  ['nothing, where all run enough', { api: 2, loki: 1 }, [], 'unchanged', 'no service was stopped'],
  ['nothing, where the autoscaling has scaled out', { api: 5, loki: 1 }, [], 'unchanged', 'no service was stopped'],
  [
    'what a removal has stopped',
    { api: 0, loki: 0 },
    ['api 2', 'loki 1'],
    'updated',
    'scaled up again: api 0 → 2, loki 0 → 1',
  ],
  [
    'a new service that the autoscaling has not raised',
    { api: 1, loki: 1 },
    ['api 2'],
    'updated',
    'scaled up again: api 1 → 2',
  ],
])('starts %s', async (_title, desired, expected, outcome, detail) => {
  const { ecs, scaled } = ecsWith(desired);
  await expect(startServices({ verifyOnly: false }, { ecs, cluster: 'c', counts })).resolves.toEqual({
    outcome,
    detail,
  });
  expect(scaled).toEqual(expected);
});

it('reports services with too few tasks in a verification, and changes nothing', async () => {
  const { ecs, scaled } = ecsWith({ api: 1, loki: 1 });
  await expect(startServices({ verifyOnly: true }, { ecs, cluster: 'c', counts })).resolves.toEqual({
    outcome: 'drifted',
    detail: 'api is to run 1 of at least 2',
  });
  const stopped = ecsWith({ api: 2, loki: 0 });
  await expect(startServices({ verifyOnly: true }, { ...stopped, cluster: 'c', counts })).resolves.toEqual({
    outcome: 'drifted',
    detail: 'loki is to run 0 of at least 1',
  });
  expect([...scaled, ...stopped.scaled]).toEqual([]);
});
