import { DescribeWorkspaceAuthenticationCommand, GrafanaClient, ListPermissionsCommand } from '@aws-sdk/client-grafana';
import type { Directory } from '../aws/identity';
import type { Cloud } from '../cloud/contracts';

/** One assignment: a parameter of the stack, its user or group, and the role that it grants. */
interface Wanted {
  readonly parameter: 'grafanaAdmins' | 'grafanaEditors' | 'grafanaViewers';
  readonly role: 'ADMIN' | 'EDITOR' | 'VIEWER';
  readonly entry: Directory['entries'][number];
}

/** A group gets ADMIN; one user each gets the other roles. */
export function wantedAccess({ entries }: Directory): readonly Wanted[] {
  const [group] = entries.filter(({ kind }) => kind === 'SSO_GROUP');
  const [first, second] = entries.filter(({ kind }) => kind === 'SSO_USER');
  if (!group || !first || !second) throw new Error('The directory needs at least one group and two users.');
  return [
    { parameter: 'grafanaAdmins', role: 'ADMIN', entry: group },
    { parameter: 'grafanaEditors', role: 'EDITOR', entry: first },
    { parameter: 'grafanaViewers', role: 'VIEWER', entry: second },
  ];
}

/** SAML log-in in addition, with metadata that is packaged with the functions. */
const saml = {
  samlMetadataFile: 'local/cli/idp-metadata.xml',
  samlRoleAttribute: 'role',
  samlAdminGroups: 'Grafana Admins,platform',
} as const;

/** The options of `sls deploy` for these assignments; ids have the prefix `user:` or `group:`. */
export function accessOptions(wanted: readonly Wanted[]): readonly string[] {
  return [
    ...wanted.map(
      ({ parameter, entry }) => `--param=${parameter}=${entry.kind === 'SSO_GROUP' ? 'group' : 'user'}:${entry.id}`,
    ),
    ...Object.entries(saml).map(([name, value]) => `--param=${name}=${value}`),
  ];
}

/** Reads the roles back through the API. Returns missing and unexpected ones as lines to print. */
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
    ...(authentication?.providers?.toSorted().join(',') === 'AWS_SSO,SAML'
      ? []
      : ['log-in is not set to both IAM Identity Center and SAML']),
    ...(status === 'CONFIGURED' && isByFile
      ? []
      : [`SAML is ${status}, ${isByFile ? 'with' : 'without'} its metadata`]),
    ...(admins === saml.samlAdminGroups ? [] : [`SAML gives ADMIN to ${admins}`]),
    ...expected.filter((line) => !present.includes(line)).map((line) => `missing: ${line}`),
    ...present.filter((line) => !expected.includes(line)).map((line) => `unexpected: ${line}`),
  ];
}
