import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../../kernel/contracts';

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  readonly eventId: string;
}

export interface LogStream {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly events: LogEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  retentionInDays: number | undefined;
  readonly streams: Map<string, LogStream>;
}

/** The most events of a stream in memory; its file has all of them. */
const maxEventsInMemory = 10_000;

/**
 * Log groups with their streams. Each stream is also a text file under `.local/<port>/logs/`, kept after the cloud
 * ends.
 */
export class LogStore {
  readonly listeners = new Set<(message: string) => void>();
  private readonly groups = new Map<string, LogGroup>();
  private sequence = 0;

  constructor(
    private readonly account: { readonly partition: string; readonly region: string; readonly accountId: string },
    private readonly directory: string,
    private readonly now: () => Date,
  ) {}

  list(): readonly LogGroup[] {
    return [...this.groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): LogGroup | undefined {
    return this.groups.get(name);
  }

  require(name: string): LogGroup {
    const group = this.groups.get(name);
    if (group !== undefined) return group;
    throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${name}`);
  }

  requireStream(groupName: string, streamName: string): LogStream {
    const stream = this.require(groupName).streams.get(streamName);
    if (stream !== undefined) return stream;
    throw new AwsError('ResourceNotFoundException', `The specified log stream does not exist: ${streamName}`);
  }

  create(name: string, retentionInDays?: number): LogGroup {
    if (!/^[\w/.#-]{1,512}$/.test(name)) {
      throw new AwsError('InvalidParameterException', `"${name}" is not a valid name of a log group.`);
    }
    if (this.groups.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `The specified log group already exists: ${name}`);
    }
    const { partition, region, accountId } = this.account;
    const arn = `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`;
    const group: LogGroup = { name, arn, createdAt: this.now().getTime(), retentionInDays, streams: new Map() };
    this.groups.set(name, group);
    return group;
  }

  delete(name: string): void {
    this.groups.delete(name);
  }

  createStream(groupName: string, name: string): LogStream {
    const group = this.require(groupName);
    if (group.streams.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `The specified log stream already exists: ${name}`);
    }
    if (name === '' || name.length > 512 || /[:*]/.test(name)) {
      throw new AwsError('InvalidParameterException', `"${name}" is not a valid name of a log stream.`);
    }
    const stream: LogStream = {
      name,
      arn: `${group.arn}:log-stream:${name}`,
      createdAt: this.now().getTime(),
      events: [],
    };
    group.streams.set(name, stream);
    return stream;
  }

  append(groupName: string, streamName: string, entries: readonly { timestamp: number; message: string }[]): void {
    const stream = this.requireStream(groupName, streamName);
    const ingestionTime = this.now().getTime();
    for (const entry of entries) {
      this.sequence += 1;
      stream.events.push({ ...entry, ingestionTime, eventId: String(this.sequence).padStart(56, '0') });
    }
    if (stream.events.length > maxEventsInMemory) stream.events.splice(0, stream.events.length - maxEventsInMemory);
    const directory = join(this.directory, fileName(groupName));
    mkdirSync(directory, { recursive: true });
    const text = entries.map((entry) => `${new Date(entry.timestamp).toISOString()} ${entry.message.trimEnd()}\n`);
    appendFileSync(join(directory, `${fileName(streamName)}.log`), text.join(''));
    for (const { message } of entries) for (const listener of this.listeners) listener(message);
  }
}

function fileName(name: string): string {
  return name
    .replace(/^\//, '')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 200);
}
