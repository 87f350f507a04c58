import { createServer, type IncomingMessage, type Server } from 'node:http';
import { AwsError } from '../../kernel/contracts';
import { type Action, act } from './proxy';

export interface Rule {
  readonly arn: string;
  readonly priority: number;
  /** One of these must match. `*` matches any characters, `?` exactly one. */
  readonly pathPatterns: readonly string[];
  readonly action: Action;
}

/** The largest size of a request's headers, bytes (Application Load Balancer quotas). */
const MAX_HEADER_BYTES = 65_536;

/** A listener on a port of the loopback interface. */
export class Listener {
  readonly rules: Rule[] = [];
  private server: Server | undefined;

  constructor(
    readonly arn: string,
    readonly loadBalancerArn: string,
    readonly port: number,
    public defaultAction: Action,
    private readonly idleTimeoutSeconds: () => number,
    private readonly now: () => Date,
  ) {}

  /** Throws ResourceInUse, naming the port. */
  async open(logicalId: string): Promise<void> {
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: 60_000 });
    server.on('request', (request, response) => {
      const options = { idleTimeoutSeconds: this.idleTimeoutSeconds(), listenerPort: this.port, now: this.now };
      act(this.actionFor(request), request, response, options);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, this.port, logicalId)));
      server.listen({ host: '127.0.0.1', port: this.port }, resolve);
    });
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private actionFor(request: IncomingMessage): Action {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const ordered = [...this.rules].sort((a, b) => a.priority - b.priority);
    const matching = ordered.find(({ pathPatterns }) => pathPatterns.some((pattern) => matchesPath(pattern, path)));
    return matching?.action ?? this.defaultAction;
  }
}

function matchesPath(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(path);
}

function portError(error: NodeJS.ErrnoException, port: number, logicalId: string): AwsError {
  const remedy =
    error.code === 'EADDRINUSE'
      ? `port ${port} of 127.0.0.1 is in use: end what listens there, or choose another by the stage's LOCAL_…_PORT variables`
      : `port ${port} of 127.0.0.1 cannot be opened (${error.code ?? error.message})`;
  return new AwsError('ResourceInUse', `${logicalId}: ${remedy}.`);
}
