import type { ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { awsQuery } from '../../kernel/protocols/aws-query';
import { cloudFormationOperations } from './operations';
import { StackStore } from './stack-store';

export interface CloudFormationService extends ServiceModule {
  readonly stacks: StackStore;
}

/** AWS CloudFormation: resolves the template of `sls package` and creates its resources by the services' handlers. */
export function createCloudFormation(kernel: LocalKernel): CloudFormationService {
  const stacks = new StackStore(kernel);
  const operations = cloudFormationOperations(kernel, stacks);
  return {
    signingNames: ['cloudformation'],
    stacks,
    operations,
    handle: awsQuery({ kernel, namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/', operations }),
  };
}
