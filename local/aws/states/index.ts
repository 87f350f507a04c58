import type { Kernel, Principal, ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import type { LambdaService } from '../lambda';
import { statesOperations } from './operations';
import { MachineRegistry } from './registry';
import { stateMachineResource } from './resources';

export interface StatesService extends ServiceModule {
  /** Starts an execution as `principal`, for EventBridge. Throws AccessDenied, StateMachineDoesNotExist. */
  startExecution(principal: Principal, machineArn: string, input: string): string;
}

/** AWS Step Functions: standard workflows in JSONPath, Lambda and SNS Tasks. */
export function createStates(
  kernel: Kernel,
  peers: { readonly lambda: Pick<LambdaService, 'invoker'> },
): StatesService {
  const machines = new MachineRegistry(kernel, peers.lambda.invoker);
  const operations = statesOperations(machines);
  return {
    signingNames: ['states'],
    operations,
    handle: awsJson({ kernel, version: '1.0', operations }),
    resources: { 'AWS::StepFunctions::StateMachine': stateMachineResource(kernel, machines) },
    startExecution: (principal, machineArn, input) => {
      kernel.authorize(principal, [{ action: 'states:StartExecution', resource: machineArn }]);
      return machines.start(machineArn, undefined, input).arn;
    },
    close: () => machines.close(),
  };
}
