import type { JsonObject, Kernel, Operations, ServiceModule } from '../../../local/kernel/contracts';
import { awsJson } from '../../../local/kernel/protocols/aws-json';

/**
 * ECS whose services are steady unless a scenario changes that. UpdateService sets desired and running count together.
 */
export function createSteadyEcs(kernel: Pick<Kernel, 'authorize'>) {
  const steady = (serviceName: string): JsonObject => ({
    serviceName,
    status: 'ACTIVE',
    // The template's minimum: two tasks of the service, one of each store.
    desiredCount: serviceName === 'service' ? 2 : 1,
    runningCount: serviceName === 'service' ? 2 : 1,
    pendingCount: 0,
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
    events: [],
  });
  const scaled = new Map<string, number>();
  const answers = {
    describe: (names: readonly string[]): JsonObject => ({ services: names.map(steady), failures: [] }),
    tasks: [] as JsonObject[],
  };
  const operations: Operations = {
    DescribeServices: {
      grants: () => [],
      handle: (input) => {
        const answer = answers.describe(input['services'] as string[]);
        const services = (answer['services'] as JsonObject[]).map((service) => {
          const count = scaled.get(String(service['serviceName']));
          return count === undefined ? service : { ...service, desiredCount: count, runningCount: count };
        });
        return { ...answer, services };
      },
    },
    ListTasks: { grants: () => [], handle: () => ({ taskArns: answers.tasks.map((_, index) => `task-${index}`) }) },
    DescribeTasks: { grants: () => [], handle: () => ({ tasks: answers.tasks }) },
    UpdateService: {
      grants: () => [],
      handle: (input) => {
        const service = String(input['service']);
        scaled.set(service, Number(input['desiredCount']));
        return { service: { ...steady(service), desiredCount: Number(input['desiredCount']) } };
      },
    },
  };
  const module: ServiceModule = {
    signingNames: ['ecs'],
    operations,
    handle: awsJson({ kernel, version: '1.1', operations }),
  };
  return {
    module,
    answers,
    steady,
    reset() {
      answers.describe = (names) => ({ services: names.map(steady), failures: [] });
      answers.tasks = [];
      scaled.clear();
    },
  };
}
