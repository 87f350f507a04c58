import { awaitServices } from '../../../functions/await-services/await-services';
import type { EcsService } from '../../../functions/domain/ecs';

const since = new Date('2026-11-23T12:00:00Z');

function service(name: string, running = 1): EcsService {
  return {
    name,
    status: 'ACTIVE',
    desired: 1,
    running,
    pending: 0,
    deployments: 1,
    rollout: 'COMPLETED',
    latestEvent: undefined,
  };
}

const look = (services: readonly EcsService[], minutes = 1) =>
  awaitServices({ since }, {
    ecs: {
      describe: async () => ({ services, failures: [] }),
      scale: async () => undefined,
      stoppedReasons: async () => [],
    },
    clock: { now: () => new Date(since.getTime() + minutes * 60_000) },
    cluster: 'cluster',
    services: services.map(({ name }) => name),
  } as unknown as Parameters<typeof awaitServices>[1]);

it('names services by their logical ids, so that all fit a line', async () => {
  expect(await look([service('stack-dev-LokiService-8JkL2xYz'), service('a-name-of-somebody')])).toEqual({
    status: 'READY',
    outcome: 'done',
    detail: 'LokiService 1/1, a-name-of-somebody 1/1',
  });
  expect(await look([service('stack-dev-TempoService-8JkL2xYz', 0)])).toMatchObject({
    status: 'PENDING',
    detail: 'TempoService 0/1',
  });
});

it('gives the whole name in an error, where people need it', async () => {
  await expect(look([service('stack-dev-TempoService-8JkL2xYz', 0)], 21)).rejects.toThrow(
    'stack-dev-TempoService-8JkL2xYz 0/1',
  );
});
