import { randomUUID } from 'node:crypto';
import { EventEmitter, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AssumedRole, type Assumer, assumeRole } from './access/assume-role';
import { authorizeGrants } from './access/authorize';
import { CredentialStore } from './access/credential-store';
import { RoleStore } from './access/role-store';
import { refusalOfForeignPage } from './browser-guard';
import {
  AwsError,
  type CloudEvent,
  type Kernel,
  type Principal,
  type RawHandler,
  type ServiceModule,
} from './contracts';
import { Journal } from './journal';
import { findOperation, runOperation } from './protocols/operations';
import { serveAwsRequest } from './serve-aws-request';
import { type Verified, verifySignature } from './sigv4/verify';

export interface KernelOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Holds `journal.ndjson` and the services' state; created if missing. */
  readonly directory: (port: number) => string;
  readonly region: string;
  readonly accountId: string;
  readonly now?: () => Date;
}

/** The kernel with the members that only IAM, STS, Logs, S3 and CloudFormation use. */
export interface LocalKernel extends Kernel {
  readonly roles: RoleStore;
  readonly port: number;
  readonly deployer: Principal;
  readonly journalFile: string;
  verify(message: Parameters<typeof verifySignature>[0]): Verified;
  assume(session: {
    roleArn: string;
    name: string;
    assumer: Assumer;
    seconds: number;
    context?: Record<string, string>;
  }): AssumedRole;
  /** Logs and S3 register the functions that the kernel offers to the other services. */
  provide(part: Partial<Pick<Kernel, 'writeLog' | 'readObject'>>): void;
  /** All resource handlers, by CloudFormation type. */
  resourceHandlers(): ReadonlyMap<string, NonNullable<ServiceModule['resources']>[string]>;
  /** Ends every module, timer, child process and connection; then the port is free. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and serves the registered modules. Throws Node's listen error (EADDRINUSE). */
export async function createKernel(options: KernelOptions): Promise<LocalKernel> {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const events = new EventEmitter().setMaxListeners(0);
  const modules: ServiceModule[] = [];
  const rawHandlers: RawHandler[] = [];
  const provided: Partial<Pick<Kernel, 'writeLog' | 'readObject'>> = {};
  // System clock: the default of the cloud's clock.
  const now = options.now ?? (() => new Date());
  const deployer: Principal = { kind: 'deployer', arn: `arn:aws:iam::${options.accountId}:user/local` };
  const roles = new RoleStore();
  const credentials = new CredentialStore(deployer);
  const stores = { roles, credentials, accountId: options.accountId };

  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 });
  const port = await listen(server, options.port);
  const directory = options.directory(port);
  const journal = new Journal(directory, now);

  const assume: LocalKernel['assume'] = ({ seconds, ...session }) =>
    assumeRole(stores, { ...session, expiration: new Date(now().getTime() + seconds * 1000) });

  const kernel: LocalKernel = {
    accountId: options.accountId,
    region: options.region,
    partition: 'aws',
    endpoint: `http://127.0.0.1:${port}`,
    directory,
    closing: closing.signal,
    roles,
    port,
    deployer,
    journalFile: journal.file,
    now,
    assume,
    register: (module) => void modules.push(module),
    registerRaw: (handler) => void rawHandlers.push(handler),
    provide: (part) => void Object.assign(provided, part),
    journal: (entry) => journal.append(entry),
    authorize: (principal, grants) => authorizeGrants(roles, principal, grants),
    verify: (message) => verifySignature(message, credentials, now()),
    authenticate: (message) => verifySignature(message, credentials, now()),
    assumeRole: (roleArn, service, name, context = {}) =>
      assume({ roleArn, name, assumer: { kind: 'Service', name: service }, seconds: 6 * 3600, context }),
    writeLog: (...args) => requireService(provided.writeLog, 'CloudWatch Logs')(...args),
    readObject: (...args) => requireService(provided.readObject, 'S3')(...args),
    emit: (event) => void events.emit('event', event),
    onEvent: (listener: (event: CloudEvent) => void) => void events.on('event', listener),
    call: (signingName, name, input, principal) => {
      const module = modules.find((candidate) => candidate.signingNames.includes(signingName));
      const operation = findOperation(module?.operations ?? {}, name, signingName);
      const request = {
        method: 'POST',
        path: '/',
        rawPath: '/',
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.from(JSON.stringify(input)),
        principal,
        region: options.region,
        service: signingName,
        requestId: randomUUID(),
      };
      return runOperation(kernel, operation, input, request);
    },
    resourceHandlers: () => new Map(modules.flatMap((module) => Object.entries(module.resources ?? {}))),
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      // In reverse order of registration: tasks write to S3 when they stop, so S3 must close after them.
      for (const module of modules.toReversed()) await module.close?.().catch(() => undefined);
      await closeServer(server);
    },
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // SDKs correct their clock skew by this header.
    response.setHeader('date', now().toUTCString());
    const refusal = refusalOfForeignPage(request, port);
    if (refusal !== undefined) {
      response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify({ message: refusal }));
      return;
    }
    try {
      for (const handler of rawHandlers) if (await handler(request, response)) return;
      await serveAwsRequest(kernel, modules, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(`The local cloud failed: ${String(error)}`);
    }
  }
  return kernel;
}

function requireService<Part>(part: Part | undefined, service: string): Part {
  if (part !== undefined) return part;
  throw new AwsError('ServiceUnavailable', `This local cloud was started without ${service}.`, 503);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The kernel listens on no TCP port.');
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
