import { join } from 'node:path';
import { AwsError, type Grant, type JsonObject, type Operations, type ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { awsJson } from '../../kernel/protocols/aws-json';
import { filterLogEvents, getLogEvents } from './log-queries';
import { logGroupResource, logStreamResource } from './log-resources';
import { LogStore } from './log-store';

export interface LogsService extends ServiceModule {
  /** Called with the message of every event of every group. */
  onEvent(listener: (message: string) => void): void;
}

/** CloudWatch Logs: groups, streams and events. The local cloud's own services write through `kernel.writeLog`. */
export function createLogs(kernel: LocalKernel): LogsService {
  const store = new LogStore(kernel, join(kernel.directory, 'logs'), kernel.now);
  kernel.provide({
    writeLog: (group, stream, message, timestamp) => {
      if (store.require(group).streams.get(stream) === undefined) store.createStream(group, stream);
      store.append(group, stream, [{ timestamp: timestamp ?? kernel.now().getTime(), message }]);
    },
  });
  const arnPrefix = `arn:${kernel.partition}:logs:${kernel.region}:${kernel.accountId}:log-group:`;
  const onGroup =
    (action: string) =>
    (input: JsonObject): readonly Grant[] => [
      { action: `logs:${action}`, resource: `${arnPrefix}${groupName(input)}:*` },
    ];
  const onStream =
    (action: string) =>
    (input: JsonObject): readonly Grant[] => [
      {
        action: `logs:${action}`,
        resource: `${arnPrefix}${groupName(input)}:log-stream:${String(input['logStreamName'])}`,
      },
    ];
  const operations: Operations = {
    CreateLogGroup: {
      grants: onGroup('CreateLogGroup'),
      handle: (input) => void store.create(groupName(input)),
    },
    DeleteLogGroup: {
      grants: onGroup('DeleteLogGroup'),
      handle: (input) => void store.delete(store.require(groupName(input)).name),
    },
    PutRetentionPolicy: {
      grants: onGroup('PutRetentionPolicy'),
      handle: (input) => {
        store.require(groupName(input)).retentionInDays = Number(input['retentionInDays']);
        return undefined;
      },
    },
    DescribeLogGroups: {
      grants: () => [{ action: 'logs:DescribeLogGroups', resource: `${arnPrefix}*` }],
      handle: (input) => ({
        logGroups: store
          .list()
          .filter((group) => group.name.startsWith(String(input['logGroupNamePrefix'] ?? '')))
          .map((group) => ({
            logGroupName: group.name,
            arn: `${group.arn}:*`,
            logGroupArn: group.arn,
            creationTime: group.createdAt,
            metricFilterCount: 0,
            storedBytes: 0,
            ...(group.retentionInDays !== undefined && { retentionInDays: group.retentionInDays }),
          })),
      }),
    },
    CreateLogStream: {
      grants: onStream('CreateLogStream'),
      handle: (input) => void store.createStream(groupName(input), String(input['logStreamName'] ?? '')),
    },
    DescribeLogStreams: {
      grants: onGroup('DescribeLogStreams'),
      handle: (input) => {
        const prefix = String(input['logStreamNamePrefix'] ?? '');
        const byTime = input['orderBy'] === 'LastEventTime';
        const streams = [...store.require(groupName(input)).streams.values()]
          .filter((stream) => stream.name.startsWith(prefix))
          .map((stream) => ({
            logStreamName: stream.name,
            arn: stream.arn,
            creationTime: stream.createdAt,
            firstEventTimestamp: stream.events.at(0)?.timestamp,
            lastEventTimestamp: stream.events.at(-1)?.timestamp,
            lastIngestionTime: stream.events.at(-1)?.ingestionTime,
          }))
          .sort((a, b) =>
            byTime
              ? (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0)
              : a.logStreamName.localeCompare(b.logStreamName, 'en'),
          );
        if (input['descending'] === true) streams.reverse();
        return { logStreams: streams.slice(0, Number(input['limit'] ?? 50)) };
      },
    },
    PutLogEvents: {
      grants: onStream('PutLogEvents'),
      handle: (input) => {
        const events = (Array.isArray(input['logEvents']) ? input['logEvents'] : []).map(readEvent);
        store.append(groupName(input), String(input['logStreamName'] ?? ''), events);
        return { nextSequenceToken: 'local' };
      },
    },
    FilterLogEvents: {
      grants: onGroup('FilterLogEvents'),
      handle: (input) => filterLogEvents(store, groupName(input), input),
    },
    GetLogEvents: {
      grants: onStream('GetLogEvents'),
      handle: (input) => getLogEvents(store, groupName(input), input),
    },
  };
  return {
    signingNames: ['logs'],
    operations,
    onEvent: (listener) => void store.listeners.add(listener),
    handle: awsJson({ kernel, version: '1.1', operations }),
    resources: {
      'AWS::Logs::LogGroup': logGroupResource(store),
      'AWS::Logs::LogStream': logStreamResource(store),
    },
  };
}

/** A group by its name or, where the API takes one, its ARN. */
function groupName(input: JsonObject): string {
  const name = input['logGroupName'] ?? input['logGroupIdentifier'];
  if (typeof name !== 'string') throw new AwsError('InvalidParameterException', 'logGroupName is missing.');
  return name.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '');
}

function readEvent(event: unknown): { timestamp: number; message: string } {
  const { timestamp, message } = (event ?? {}) as { timestamp?: unknown; message?: unknown };
  if (typeof timestamp === 'number' && typeof message === 'string') return { timestamp, message };
  throw new AwsError('InvalidParameterException', 'Every log event needs a timestamp (ms) and a message.');
}
