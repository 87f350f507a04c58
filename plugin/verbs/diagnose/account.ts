import { AmpClient, ListWorkspacesCommand as ListAmpWorkspaces } from '@aws-sdk/client-amp';
import { DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  type GrafanaClient,
  ListVersionsCommand,
  ListWorkspacesCommand,
  type WorkspaceSummary,
} from '@aws-sdk/client-grafana';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { localNeedsNone, logIn } from '../../aws/credentials';
import type { Context } from '../../context';
import { regionError } from '../../packaging/region';
import { errorMessage, errorName, hasNoCredentials } from '../../problem';
import { bad, type Finding, good, note } from './finding';
import { quotas, readQuota, request } from './quotas';

/** The tag that the setup gives its workspace; its value is the stack's name. */
const stackTag = 'grafana-observability-stack';

/** Checks the credentials. A problem ends the diagnosis: nothing else can be checked without them. */
export async function credentials(context: Context): Promise<Finding> {
  try {
    const { Account, Arn } = await (await context.client(STSClient)).send(new GetCallerIdentityCommand({}));
    return good('credentials', `account ${Account}, ${Arn}, region ${context.region}`);
  } catch (error) {
    return hasNoCredentials(error)
      ? bad(
          'credentials',
          `there are none on this machine, and stage "${context.stage}" is in AWS`,
          `${logIn}. ${localNeedsNone}.`,
        )
      : bad(
          'credentials',
          `AWS does not accept them: ${errorName(error)}, ${errorMessage(error)}`,
          `${logIn}; check the clock of this machine.`,
        );
  }
}

/** Does the region offer the stack's services? A service has no host name in a region that lacks it. */
export async function region(context: Context): Promise<readonly Finding[]> {
  const looks: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['Amazon Managed Grafana', async () => (await context.grafana()).send(new ListVersionsCommand({}))],
    [
      'Amazon Managed Prometheus',
      async () => (await context.client(AmpClient)).send(new ListAmpWorkspaces({ maxResults: 1 })),
    ],
    ['ECS', async () => (await context.client(ECSClient)).send(new DescribeClustersCommand({ clusters: ['default'] }))],
  ];
  const refused = regionError(context.region);
  return [
    ...(await Promise.all(looks.map(([name, look]) => available(context, name, look)))),
    ...(refused ? [bad(context.region, refused, 'Choose another region with --region.')] : []),
  ];
}

async function available(context: Context, name: string, look: () => Promise<unknown>): Promise<Finding> {
  const about = `${name} in ${context.region}`;
  try {
    await look();
    return good(about, 'answers');
  } catch (error) {
    const cause = errorName(error);
    if (/ENOTFOUND|EAI_AGAIN/.test(cause)) {
      return bad(
        about,
        `has no endpoint there (${cause})`,
        'Choose a region that has Amazon Managed Grafana, Amazon Managed Prometheus and Fargate with --region, or check the network.',
      );
    }
    if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(cause)) {
      return note(
        about,
        `is there, but these credentials may not list it (${cause})`,
        'A deploy needs the rights that docs/security.md lists.',
      );
    }
    return bad(
      about,
      `${cause}: ${errorMessage(error)}`,
      'Try again; look at the AWS Health Dashboard when it goes on.',
    );
  }
}

/** The workspace to create: its version, its quota, and whether a foreign workspace has its name. */
export async function workspaceRoom(context: Context, version: string): Promise<readonly Finding[]> {
  const client = await context.grafana();
  const [workspaces, versions, quota] = await Promise.all([
    listWorkspaces(client),
    listVersions(client),
    readQuota(context, quotas.workspaces),
  ]);
  const room = `${workspaces.length} of ${quota.value} workspaces are in use in ${context.region}${quota.doubt}`;
  const named = workspaces.filter(({ name }) => name === context.stackName);
  const own = named.find(({ tags }) => tags?.[stackTag] === context.stackName);
  const foreign = named.find((workspace) => workspace !== own);
  return [
    versions.includes(version)
      ? good('Grafana version', `${version} is offered`)
      : bad(
          'Grafana version',
          `${version} is not offered in ${context.region}; there are ${versions.join(', ')}`,
          'Choose one of them with --param="grafanaVersion=…".',
        ),
    own
      ? good('workspace', `${own.id} is this stack's, ${own.status}`)
      : workspaces.length >= quota.value
        ? bad(
            'workspace quota',
            room,
            `Delete one that nobody needs, or ask for a higher quota: ${request(context, quotas.workspaces, workspaces.length + 1)}.`,
          )
        : good('workspace quota', room),
    ...(foreign
      ? [
          bad(
            'workspace name',
            `${foreign.id} is called ${context.stackName} too, without this stack's tag: it is somebody else's`,
            `Rename it, or choose another stage; tag it ${stackTag}=${context.stackName} if it is yours.`,
          ),
        ]
      : []),
  ];
}

async function listWorkspaces(client: GrafanaClient): Promise<readonly WorkspaceSummary[]> {
  const found: WorkspaceSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListWorkspacesCommand({ ...(nextToken && { nextToken }) }));
    found.push(...(page.workspaces ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}

async function listVersions(client: GrafanaClient): Promise<readonly string[]> {
  return (await client.send(new ListVersionsCommand({}))).grafanaVersions ?? [];
}
