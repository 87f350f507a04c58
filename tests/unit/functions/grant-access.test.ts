import { GrafanaClient } from '@aws-sdk/client-grafana';
import { connectAmg } from '../../../functions/adapters/amg';
import type { Permission } from '../../../functions/domain/workspace';
import { grantAccess } from '../../../functions/grant-access/grant-access';
import { answeringServer, type Received, type Reply } from '../../helpers/answering-server';
import { testClock } from '../../helpers/test-clock';

const person: Permission = { role: 'ADMIN', type: 'SSO_USER', id: '11111111-2222-3333-4444-555555555555' };

/** A control plane that refuses the first `refusals` assignments with `message`. */
async function amgThatRefuses(refusals: number, message: string) {
  let left = refusals;
  let granted = false;
  const server = await answeringServer(({ method, path }: Received): Reply => {
    if (path.endsWith('/authentication')) return { body: { authentication: { providers: ['AWS_SSO'] } } };
    if (method === 'GET') {
      const entry = { role: person.role, user: { id: person.id, type: person.type } };
      return { body: { permissions: granted ? [entry] : [] } };
    }
    if (left-- > 0) return { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: { message } };
    granted = true;
    return { body: { errors: [] } };
  });
  const client = new GrafanaClient({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return { amg: connectAmg(client), close: () => server.close() };
}

it('names at most 20 users and groups in a call, and reports the refusals of every call', async () => {
  const wanted = Array.from(
    { length: 45 },
    (_, index): Permission => ({
      role: index < 30 ? 'ADMIN' : 'VIEWER',
      type: index % 2 === 0 ? 'SSO_USER' : 'SSO_GROUP',
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    }),
  );
  const calls: { readonly role: string; readonly users: readonly { readonly id: string }[] }[][] = [];
  const server = await answeringServer(({ body }): Reply => {
    const { updateInstructionBatch } = JSON.parse(body) as { updateInstructionBatch: (typeof calls)[number] };
    calls.push(updateInstructionBatch);
    const [{ role, users } = { role: '', users: [] }] = updateInstructionBatch;
    const causedBy = { action: 'ADD', role, users: users.slice(0, 1) };
    return { body: { errors: [{ code: 400, message: 'no such user', causedBy }] } };
  });
  const amg = connectAmg(
    new GrafanaClient({
      endpoint: server.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  const refused = await amg.grant('g-1234567890', wanted);
  expect(calls.map((batch) => batch.reduce((sum, { users }) => sum + users.length, 0))).toEqual([20, 20, 5]);
  const sent = calls.flat().flatMap(({ role, users }) => users.map(({ id }) => `${role} ${id}`));
  expect(sent).toEqual(wanted.map(({ role, id }) => `${role} ${id}`));
  expect(refused).toEqual([0, 20, 40].map((index) => `${wanted[index]?.id}: no such user`));
  await server.close();
});

const unregistered = 'Unable to update users in managed application';

it('waits until AMG has registered a new workspace with Identity Center', async () => {
  const { amg, close } = await amgThatRefuses(3, unregistered);
  const clock = testClock();
  const result = await grantAccess(
    { workspaceId: 'g-1234567890', verifyOnly: false },
    { amg, clock, wanted: [person] },
  );
  expect(result).toEqual({ outcome: 'added', detail: `user ${person.id} as ADMIN` });
  expect(clock.slept).toEqual([10_000, 10_000, 10_000]);
  await close();
});

it('gives up before the function times out if AMG never registers it or the right is missing', async () => {
  const { amg, close } = await amgThatRefuses(Number.POSITIVE_INFINITY, unregistered);
  const clock = testClock();
  const run = grantAccess({ workspaceId: 'g-1234567890', verifyOnly: false }, { amg, clock, wanted: [person] });
  await expect(run).rejects.toMatchObject({
    name: 'AccessNotGranted',
    message: expect.stringMatching(
      new RegExp(`user ${person.id} as ADMIN \\(AccessDeniedException: ${unregistered}\\).*in the AMG console`),
    ),
  });
  expect(clock.slept).toHaveLength(15);
  await close();
});

it('does not wait for a refusal of another kind', async () => {
  const { amg, close } = await amgThatRefuses(1, 'no such right');
  const clock = testClock();
  const run = grantAccess({ workspaceId: 'g-1234567890', verifyOnly: false }, { amg, clock, wanted: [person] });
  await expect(run).rejects.toThrow(/no such right.*assign the roles in the AMG console/);
  expect(clock.slept).toEqual([]);
  await close();
});
