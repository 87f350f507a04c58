import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Grant } from '../../local/kernel/contracts';
import { type ControlPlane, roleCredentials, startControlPlane } from '../../local/tests/kernel/support/control-plane';
import { packageTemplates } from '../../scripts/template/package-templates';
import type { PermissionMap } from '../../scripts/template/permission-table';
import { security } from './expected/security';
import { type RoleStatement, roleStatements } from './support/role-statements';
import { tryFault } from './support/try-fault';

const permissions = join(__dirname, '..', '..', 'docs', 'permissions.yml');
/** One stage's name is a prefix of the other's, so a trailing wildcard in a resource would match both. */
const stages = ['stage', 'stage-b'] as const;
const [ownStack, otherStack] = stages.map((stage) => `grafana-observability-${stage}`) as [string, string];
let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.close());

it(
  security.rolesOfStack.id,
  () =>
    tryFault(security.rolesOfStack, async (note) => {
      const files = await packageTemplates(stages.map((stage) => ({ name: stage, stage })));
      const own = roleStatements(files['stage'] ?? '', ownStack);
      const foreign = roleStatements(files['stage-b'] ?? '', otherStack);
      const { anyResource, anyStage } = parse(readFileSync(permissions, 'utf8')) as PermissionMap;
      const onAny = new Set(Object.keys({ ...anyResource, ...anyStage }).flatMap((actions) => actions.split(' ')));
      // Everything that the other stage's roles may do in their stage must be denied to this stage's roles.
      const others = distinct([...foreign.values()].flat().flatMap(grantsOf));
      const problems: string[] = [];
      let refused = 0;
      for (const [role, statements] of own) {
        const { arn } = await madeRole(role, statements);
        const principal = { kind: 'role', arn, roleArn: arn } as const;
        const isAllowed = (grant: Grant) => {
          try {
            plane.kernel.authorize(principal, [grant]);
            return true;
          } catch (error) {
            if ((error as Error).name !== 'AccessDenied') throw error;
            return false;
          }
        };
        for (const grant of statements.flatMap(grantsOf))
          if (!isAllowed(grant)) problems.push(`${role} may not ${grant.action} on its own ${grant.resource}`);
        for (const grant of [...others, ...statements.flatMap(grantsOf).flatMap(onTheirWorkspace)]) {
          if (!isAllowed(grant)) refused += 1;
          else if (!onAny.has(grant.action)) problems.push(`${role} may ${grant.action} on ${grant.resource}`);
        }
      }
      note(`${own.size} roles, ${refused} refused`);
      return refused > 1_000 ? problems : [...problems, `only ${refused} were refused`];
    }),
  60_000,
);

async function madeRole(name: string, statements: readonly RoleStatement[]): Promise<{ readonly arn: string }> {
  const made = statements as unknown as Parameters<typeof roleCredentials>[2];
  await roleCredentials(plane.kernel, name, made);
  return { arn: `arn:aws:iam::${plane.kernel.accountId}:role/${name}` };
}

/**
 * A call for each action and resource of a statement, with values that meet its conditions. Wildcards get an example
 * value.
 */
function grantsOf({ Action, Resource, Condition = {} }: RoleStatement): readonly Grant[] {
  const something = (pattern: string) => pattern.replaceAll('*', 'one');
  const context = Object.fromEntries(
    Object.values(Condition).flatMap((keys) =>
      Object.entries(keys).map(([key, values]) => [key, something([values].flat()[0] ?? '')]),
    ),
  );
  return [Action]
    .flat()
    .flatMap((action) => [Resource].flat().map((resource) => ({ action, resource: something(resource), context })));
}

/** The same call, with its own stage's tags, on a workspace with the other stage's tag: an attempt to take it over. */
function onTheirWorkspace({ context = {}, ...grant }: Grant): readonly Grant[] {
  const tag = Object.keys(context).find((key) => key.startsWith('aws:ResourceTag/'));
  return tag === undefined ? [] : [{ ...grant, context: { ...context, [tag]: otherStack } }];
}

function distinct(grants: readonly Grant[]): readonly Grant[] {
  return [...new Map(grants.map((grant) => [JSON.stringify(grant), grant])).values()];
}
