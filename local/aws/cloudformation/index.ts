import type { ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { awsQuery } from '../../kernel/protocols/aws-query';
import { cloudFormationOperations } from './operations';
import { StackStore } from './stack-store';

export interface CloudFormationService extends ServiceModule {
  readonly stacks: StackStore;
}

/** AWS CloudFormation: takes the template that `sls package` made, resolves it, and has the services make what it declares. */
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
