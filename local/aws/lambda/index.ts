import type { Kernel, ServiceModule } from '../../kernel/contracts';
import { restJson } from '../../kernel/protocols/rest-json';
import type { InterfaceOwner } from '../ec2/network-interface';
import { FunctionInterfaces } from './function-interfaces';
import { Invoker } from './invoker';
import { lambdaOperations } from './operations';
import { FunctionRegistry } from './registry';
import { lambdaResources } from './resources';

/** A warm process of a function, for the table of what runs. */
export interface FunctionProcess {
  readonly functionName: string;
  readonly pid: number;
}

export interface LambdaService extends ServiceModule, Required<InterfaceOwner> {
  /** In-process invocation for Step Functions, EventBridge and SNS. */
  readonly invoker: Invoker;
  processes(): readonly FunctionProcess[];
}

export interface LambdaOptions {
  /** Milliseconds between a network interface's last use and its deletion: 20 to 45 minutes on AWS. */
  readonly interfaceDelay?: number;
  /** Milliseconds that an update of a function's configuration is in progress. */
  readonly updateDelay?: number;
}

/**
 * AWS Lambda: functions from zips, each in Node processes of its own. The runtime has no AWS SDK: bundles must include
 * theirs. Layers and container images are not supported.
 */
export function createLambda(kernel: Kernel, options: LambdaOptions = {}): LambdaService {
  const interfaces = new FunctionInterfaces(kernel, options.interfaceDelay ?? 1_000);
  const functions = new FunctionRegistry(kernel, interfaces);
  const invoker = new Invoker(kernel, functions);
  const operations = lambdaOperations(kernel, functions, invoker, options.updateDelay ?? 100);
  return {
    signingNames: ['lambda'],
    invoker,
    operations,
    handle: restJson({ kernel, operations }),
    resources: lambdaResources(kernel, functions),
    networkInterfaces: () => interfaces.list(),
    deleteNetworkInterface: (id) => interfaces.delete(id),
    processes: () =>
      functions
        .all()
        .flatMap(({ latest, versions }) => [latest, ...versions.values()])
        .flatMap(({ name, pids }) => pids.map((pid) => ({ functionName: name, pid }))),
    close: () => functions.close(),
  };
}
