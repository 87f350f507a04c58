import type { Kernel, ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import type { ElbService } from '../elb';
import { AgentEndpoint } from './agent-endpoint';
import { ecsOperations } from './operations';
import { ecsResources } from './resources';
import type { EcsService } from './service';
import { EcsStore } from './store';

/** A running container, for the table of real programs and stand-ins. */
export interface ContainerProcess {
  readonly service: string;
  readonly taskId: string;
  readonly container: string;
  readonly pid: number | undefined;
  /** `Loki 3.7.8 (binary, …)`, `Loki stand-in`, `Node 24.21.0`. */
  readonly label: string;
  readonly kind: 'real' | 'stand-in';
  /** `http://127.0.0.1:<port>` by container port. */
  readonly urls: Readonly<Record<string, string>>;
}

export interface EcsModule extends ServiceModule {
  processes(): readonly ContainerProcess[];
}

/** Amazon ECS on Fargate. The containers of a task are processes of this machine. */
export function createEcs(
  kernel: Kernel,
  peers: { readonly elb: Pick<ElbService, 'targetGroup' | 'isAttached'> },
): EcsModule {
  const store = new EcsStore(kernel);
  const agent = new AgentEndpoint(kernel);
  const operations = ecsOperations(store);
  return {
    signingNames: ['ecs'],
    operations,
    handle: awsJson({ kernel, version: '1.1', operations }),
    resources: ecsResources({ kernel, store, agent, elb: peers.elb }),
    processes: () => [...store.services.values()].flatMap(processesOf),
    close: () => store.close(),
  };
}

function processesOf({ liveTasks, name }: EcsService): readonly ContainerProcess[] {
  return liveTasks.flatMap((task) =>
    task.containers
      .filter(({ status }) => status === 'RUNNING')
      .map((container) => ({
        service: name,
        taskId: task.id,
        container: container.definition.Name,
        pid: container.pid,
        label: container.program?.label ?? '',
        kind: container.program?.kind ?? 'real',
        urls: Object.fromEntries(
          container.definition.PortMappings.map(({ ContainerPort }) => [
            String(ContainerPort),
            `http://127.0.0.1:${task.ports.get(ContainerPort)}`,
          ]),
        ),
      })),
  );
}
