/**
 * Workspace configuration and version upgrades. Source: API reference "UpdateWorkspaceConfiguration",
 * "DescribeWorkspaceConfiguration".
 */
import { parseConfiguration } from '../configuration';
import { findActiveWorkspace, findWorkspace, grant, type Operation } from '../context';
import { finish } from '../lifecycle';
import { invalid } from '../wire';
import { upgradesOf } from './workspaces';

export const describeWorkspaceConfiguration: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'DescribeWorkspaceConfiguration', id)]);
  const workspace = findWorkspace(context, id);
  const told = Object.fromEntries(
    Object.entries(workspace.configuration).map(([section, keys]) => [
      section,
      Object.fromEntries(
        Object.entries(keys).filter(([key]) => !context.untoldConfiguration.includes(`${section}.${key}`)),
      ),
    ]),
  );
  return { configuration: JSON.stringify(told), grafanaVersion: workspace.version };
};

/** A change can restart Grafana. The workspace answers 503 until it runs again. */
export const updateWorkspaceConfiguration: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'UpdateWorkspaceConfiguration', id)]);
  const workspace = findActiveWorkspace(context, id);
  const version = (input['grafanaVersion'] as string | undefined) ?? workspace.version;
  const upgrade = version !== workspace.version;
  if (upgrade && !upgradesOf(context, workspace).includes(version)) {
    throw invalid(
      `Workspace ${id} cannot go from Grafana ${workspace.version} to ${version}; possible: ${upgradesOf(context, workspace).join(', ') || 'none'}`,
    );
  }
  const configuration = parseConfiguration(String(input['configuration']), version);
  workspace.modified = context.now();
  workspace.status = upgrade ? 'VERSION_UPDATING' : 'UPDATING';
  workspace.server.setAvailable(false);
  finish(context, workspace, {
    operation: 'UpdateWorkspaceConfiguration',
    after: context.delays.update + context.delays.restart,
    onActive: () => {
      workspace.configuration = configuration;
      workspace.version = version;
      workspace.server.setVersion(version);
      workspace.server.setAvailable(true);
    },
  });
  return {};
};
