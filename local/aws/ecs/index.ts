import type { Kernel, ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import type { Ec2Service, InterfaceOwner, NetworkInterface } from '../ec2';
import type { ElbService } from '../elb';
import { AgentEndpoint } from './agent-endpoint';
import { ecsOperations } from './operations';
import { ecsResources } from './resources';
import type { EcsService } from './service';
import { EcsStore } from './store';
import { describeInterfaceOf } from './task-interface';

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

export interface EcsModule extends ServiceModule, InterfaceOwner {
  processes(): readonly ContainerProcess[];
}

/** Amazon ECS on Fargate. The containers of a task are processes of this machine. */
export function createEcs(
  kernel: Kernel,
  peers: {
    readonly elb: Pick<ElbService, 'targetGroup' | 'isAttached'>;
    readonly network: Pick<Ec2Service, 'subnet'>;
  },
): EcsModule {
  const store = new EcsStore(kernel);
  const agent = new AgentEndpoint(kernel);
  // A subnet of another VPC than the stack's is not known: ECS tells of a zone all the same.
  const zoneOf = (subnetId: string) => peers.network.subnet(subnetId)?.zone ?? `${kernel.region}a`;
  const operations = ecsOperations(store, zoneOf);
  return {
    signingNames: ['ecs'],
    operations,
    handle: awsJson({ kernel, version: '1.1', operations }),
    resources: ecsResources({ kernel, store, agent, elb: peers.elb }),
    networkInterfaces: () => [...store.services.values()].flatMap(interfacesOf),
    processes: () => [...store.services.values()].flatMap(processesOf),
    close: () => store.close(),
  };
}

function interfacesOf({ liveTasks }: EcsService): readonly NetworkInterface[] {
  return liveTasks.map(({ networkInterface }) => describeInterfaceOf(networkInterface));
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
