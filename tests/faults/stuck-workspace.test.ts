import { LOCK_KEY } from '../../functions/domain/naming';
import { hurryRetries, objects, tokensLeft } from '../statemachine/support/scenario';
import { stuckCreating } from './expected/control-plane';
import { notSucceeded, notWhole, withFaultyCloud } from './support/control-plane';
import { tryFault } from './support/try-fault';

beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

const HOUR = 3_600_000;

it(stuckCreating.id, () =>
  tryFault(stuckCreating, (note) =>
    withFaultyCloud(
      async ({ cloud }) => {
        let given = 0;
        // The function's deadline, brought forward, because the real one is half an hour.
        cloud.overrides.set('createWorkspace', async (_event, real) => {
          const created = (await real()) as { readonly deadline: string };
          given = Date.parse(created.deadline) - Date.now();
          return { ...created, deadline: new Date(Date.now() + 1_500).toISOString() };
        });
        const ended = await cloud.run('setup');
        const [stuck] = cloud.grafana.workspaces();
        const asked = ended.visited.filter((state) => state === 'CheckWorkspace').length;
        const { status } = stuck ?? {};
        const tokens = await tokensLeft(cloud);
        const locked = (await objects(cloud)).has(LOCK_KEY);
        cloud.overrides.delete('createWorkspace');
        const next = await notSucceeded(cloud);
        const same = cloud.grafana.workspaces().every(({ id }) => id === stuck?.id);
        note(`asked ${asked} times, a deadline of ${Math.round(given / 60_000)} minutes`);
        return [
          ...(status === 'CREATING' ? [] : [`the workspace was ${status} when the run ended`]),
          ...(ended.status === 'FAILED' && ended.error === 'WorkspaceTimedOut'
            ? []
            : [`the run ended ${ended.status} with ${ended.error}`]),
          ...(ended.cause?.includes(stuck?.id ?? 'no workspace') ? [] : ['the workspace is not named']),
          ...(/run sls setup again/.test(ended.cause ?? '') ? [] : ['it does not say what to do']),
          ...(asked > 1 ? [] : [`asked ${asked} times`]),
          ...(given > 0 && given <= HOUR ? [] : [`the deadline is ${given} ms ahead`]),
          ...(tokens === 0 ? [] : [`${tokens} tokens are left`]),
          ...(locked ? ['a lock is left'] : []),
          ...next,
          ...(same ? [] : ['another workspace was made']),
          ...(await notWhole(cloud)),
        ];
      },
      { grafana: { delays: { create: 6_000, update: 5, restart: 5, delete: 5, interfaces: 5 } } },
    ),
  ),
);
