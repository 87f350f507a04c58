import type { Kernel, ServiceModule } from '../../kernel/contracts';
import { restJson } from '../../kernel/protocols/rest-json';
import { Invoker } from './invoker';
import { lambdaOperations } from './operations';
import { FunctionRegistry } from './registry';
import { lambdaResources } from './resources';

/** A warm process of a function, for the table of what runs. */
export interface FunctionProcess {
  readonly functionName: string;
  readonly pid: number;
}

export interface LambdaService extends ServiceModule {
  /** In-process invocation for Step Functions, EventBridge and SNS. */
  readonly invoker: Invoker;
  processes(): readonly FunctionProcess[];
}

/**
 * AWS Lambda: the zips of the template, each function in Node processes of its own. The SDK that the real runtime
 * brings is not there (bundles bring theirs), layers and container images are not known.
 */
export function createLambda(kernel: Kernel): LambdaService {
  const functions = new FunctionRegistry(kernel);
  const invoker = new Invoker(kernel, functions);
  const operations = lambdaOperations(kernel, functions, invoker);
  return {
    signingNames: ['lambda'],
    invoker,
    operations,
    handle: restJson({ kernel, operations }),
    resources: lambdaResources(kernel, functions),
    processes: () =>
      functions
        .all()
        .flatMap(({ latest, versions }) => [latest, ...versions.values()])
        .flatMap(({ name, pids }) => pids.map((pid) => ({ functionName: name, pid }))),
    close: () => functions.close(),
  };
}
