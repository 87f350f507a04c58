import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TargetGroup } from '../../../local/aws/elb';
import type { Cloud } from '../../../local/cloud/contracts';

/** Changes a request's body; a number refuses the request with that status. */
export type Edit = (body: Buffer, path: string) => Buffer | number | Promise<Buffer | number>;

/** A proxy between two components that can change or refuse each request. */
export interface Between {
  edit: Edit | undefined;
  /** Resolves when a later request that `matches` has been refused or answered. */
  next(matches: (body: Buffer, path: string) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Replaces the only target of a load balancer's target group by a proxy. */
export async function standBefore(group: TargetGroup): Promise<Between> {
  const [target] = group.targets;
  if (!target) throw new Error(`${group.name} has no target`);
  const { address } = target;
  const waiting = new Set<{ matches: (body: Buffer, path: string) => boolean; resolve: () => void }>();
  const between: Between = {
    edit: undefined,
    next: (matches) => new Promise((resolve) => waiting.add({ matches, resolve })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    void pass(request, response).catch(() => response.destroy());
  });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const body = await bodyOf(request);
    const edited = (await between.edit?.(body, path)) ?? body;
    if (typeof edited === 'number') response.writeHead(edited).end();
    else await forward(request, edited, address, response);
    for (const waiter of waiting) {
      if (!waiter.matches(body, path)) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxied = group.register({ ...address, port });
  await new Promise<void>((resolve) => {
    if (proxied.state === 'healthy') resolve();
    group.onChange((changed) => {
      if (changed === proxied && changed.state === 'healthy') resolve();
    });
  });
  await group.deregister(address);
  return between;
}

/** A load balancer's target group, found by the start of its logical id in the template. */
export function targetGroupOf(cloud: Cloud, logicalId: string): TargetGroup {
  for (const stack of cloud.cloudFormation.stacks.active()) {
    const resource = stack.resources.get(logicalId);
    if (resource) return cloud.elb.targetGroup(resource.physicalId);
  }
  throw new Error(`the template has no ${logicalId}`);
}

function forward(
  request: IncomingMessage,
  body: Buffer,
  to: { readonly id: string; readonly port: number },
  response: ServerResponse,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _, ...headers } = request.headers;
    const upstream = httpRequest(
      {
        host: to.id,
        port: to.port,
        method: request.method,
        path: request.url,
        headers: { ...headers, 'content-length': body.length },
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).once('close', resolve);
      },
    );
    upstream.once('error', reject);
    upstream.end(body);
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
