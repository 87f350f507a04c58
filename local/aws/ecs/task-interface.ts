import { createConnection, createServer, type Server } from 'node:net';
import type { NetworkInterface } from '../ec2';

/** A task's network interface, as DescribeTasks and EC2 tell of it. */
export interface TaskInterface {
  readonly id: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  /** The task's own address. Its processes listen on 127.0.0.1; this one leads to them. */
  readonly address: string;
}

/** An address of 127.0.0.0/8 made of the task's id, which is hexadecimal. It leaves out 127.0.0.0/16. */
export function addressOf(taskId: string): string {
  const [first = 0, second = 0, third = 0] = Buffer.from(taskId.slice(0, 6), 'hex');
  return `127.${1 + (first % 254)}.${second}.${1 + (third % 254)}`;
}

/** The interface as EC2 describes it. */
export function describeInterfaceOf({ id, subnetId, securityGroupIds }: TaskInterface): NetworkInterface {
  return {
    networkInterfaceId: id,
    subnetId,
    securityGroupIds,
    status: 'in-use',
    description: 'Interface of an ECS task',
    tags: {},
  };
}

/**
 * Lets the task's processes be reached at its own address and the ports of its task definition, as on AWS: what listens
 * on a free port of 127.0.0.1 is forwarded. Where the machine has only 127.0.0.1 (macOS), nothing listens there, and
 * what was discovered is down.
 */
export class TaskForwarder {
  private servers: readonly Server[] | undefined;

  async open(address: string, ports: ReadonlyMap<number, number>): Promise<void> {
    if (this.servers !== undefined) return;
    const servers = [...ports].map(([inner, outer]) => ({ inner, server: forwardTo(outer) }));
    this.servers = servers.map(({ server }) => server);
    await Promise.all(
      servers.map(
        ({ inner, server }) =>
          new Promise<void>((resolve) => {
            server.once('error', () => resolve());
            server.listen(inner, address, () => resolve());
          }),
      ),
    );
  }

  close(): void {
    for (const server of this.servers ?? []) server.close();
  }
}

function forwardTo(port: number): Server {
  const server = createServer((socket) => {
    const target = createConnection(port, '127.0.0.1');
    for (const end of [socket, target]) {
      end.once('error', () => {
        socket.destroy();
        target.destroy();
      });
    }
    socket.pipe(target).pipe(socket);
  });
  server.unref();
  return server;
}
