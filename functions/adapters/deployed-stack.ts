import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { DeployedStack, Properties } from '../domain/deployed-stack';
import { awsClient } from './aws-client';

export function connectDeployedStack(StackName: string, client = awsClient(CloudFormationClient)): DeployedStack {
  return {
    async declared() {
      const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName }));
      const { Resources = {} } = JSON.parse(TemplateBody) as {
        readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
      };
      return Object.entries(Resources).map(([logicalId, { Type: type, Properties: properties = {} }]) => ({
        logicalId,
        type,
        properties,
      }));
    },

    async physicalIds() {
      const found = new Map<string, string>();
      for await (const page of paginateListStackResources({ client }, { StackName }))
        for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? [])
          if (LogicalResourceId && PhysicalResourceId) found.set(LogicalResourceId, PhysicalResourceId);
      return found;
    },
  };
}
