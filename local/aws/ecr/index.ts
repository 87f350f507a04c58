import { AwsError, type Kernel, type Operations, type ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';

/**
 * The ECR operations that the Serverless Framework calls. There are no repositories: functions are zips and images are
 * public.
 */
export function createEcr(kernel: Kernel): ServiceModule {
  const operations: Operations = {
    DescribeRepositories: {
      grants: () => [{ action: 'ecr:DescribeRepositories', resource: '*' }],
      handle: (input) => {
        const [name] = Array.isArray(input['repositoryNames']) ? input['repositoryNames'] : [];
        if (name === undefined) return { repositories: [] };
        throw new AwsError(
          'RepositoryNotFoundException',
          `The repository with name '${String(name)}' does not exist in the registry with id '${kernel.accountId}'`,
        );
      },
    },
  };
  return { signingNames: ['ecr'], operations, handle: awsJson({ kernel, version: '1.1', operations }) };
}
