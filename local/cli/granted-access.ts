import { DescribeWorkspaceAuthenticationCommand, GrafanaClient, ListPermissionsCommand } from '@aws-sdk/client-grafana';
import type { Directory } from '../aws/identity';
import type { Cloud } from '../cloud/contracts';

/** Who gets which role: a parameter of the stack, and the role that it stands for. */
interface Wanted {
  readonly parameter: 'grafanaAdmins' | 'grafanaEditors' | 'grafanaViewers';
  readonly role: 'ADMIN' | 'EDITOR' | 'VIEWER';
  readonly entry: Directory['entries'][number];
}

/** A group for ADMIN and a person each for the other roles. */
export function wantedAccess({ entries }: Directory): readonly Wanted[] {
  const [group] = entries.filter(({ kind }) => kind === 'SSO_GROUP');
  const [first, second] = entries.filter(({ kind }) => kind === 'SSO_USER');
  if (!group || !first || !second) throw new Error('The directory has not a group and two users.');
  return [
    { parameter: 'grafanaAdmins', role: 'ADMIN', entry: group },
    { parameter: 'grafanaEditors', role: 'EDITOR', entry: first },
    { parameter: 'grafanaViewers', role: 'VIEWER', entry: second },
  ];
}

/** SAML beside them, by metadata that travels in the functions' bundles. */
const saml = {
  samlMetadataFile: 'local/cli/idp-metadata.xml',
  samlRoleAttribute: 'role',
  samlAdminGroups: 'Grafana Admins,platform',
} as const;

/** The options of `sls deploy` that ask for them: `user:` and `group:` in front of the ids. */
export function accessOptions(wanted: readonly Wanted[]): readonly string[] {
  return [
    ...wanted.map(
      ({ parameter, entry }) => `--param=${parameter}=${entry.kind === 'SSO_GROUP' ? 'group' : 'user'}:${entry.id}`,
    ),
    ...Object.entries(saml).map(([name, value]) => `--param=${name}=${value}`),
  ];
}

/** Reads the roles back as anybody would, through the API: what is missing and what is there besides, as problems to print. */
export async function accessProblems(cloud: Cloud, wanted: readonly Wanted[]): Promise<readonly string[]> {
  const [workspace, ...more] = cloud.grafana.workspaces();
  if (!workspace || more.length > 0) return [`${more.length + (workspace ? 1 : 0)} workspaces instead of one`];
  const client = new GrafanaClient({
    endpoint: cloud.endpoint,
    region: cloud.kernel.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { permissions = [] } = await client.send(new ListPermissionsCommand({ workspaceId: workspace.id }));
  const { authentication } = await client.send(
    new DescribeWorkspaceAuthenticationCommand({ workspaceId: workspace.id }),
  );
  client.destroy();
  const { status, configuration } = authentication?.saml ?? {};
  const isByFile = configuration?.idpMetadata?.xml?.includes('EntityDescriptor') === true;
  const admins = configuration?.roleValues?.admin?.join(',');
  const present = permissions.map(({ role, user }) => `${user?.type} ${user?.id} is ${role}`);
  const expected = wanted.map(({ entry, role }) => `${entry.kind} ${entry.id} is ${role}`);
  return [
    ...(authentication?.providers?.toSorted().join(',') === 'AWS_SSO,SAML' ? [] : ['log-in is not by both providers']),
    ...(status === 'CONFIGURED' && isByFile
      ? []
      : [`SAML is ${status}, ${isByFile ? 'with' : 'without'} its metadata`]),
    ...(admins === saml.samlAdminGroups ? [] : [`${admins} are ADMIN by SAML`]),
    ...expected.filter((line) => !present.includes(line)).map((line) => `not so: ${line}`),
    ...present.filter((line) => !expected.includes(line)).map((line) => `not asked for: ${line}`),
  ];
}
