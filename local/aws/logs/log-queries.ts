import { AwsError, type JsonObject, type Output } from '../../kernel/contracts';
import { compileFilterPattern } from './filter-pattern';
import type { LogEvent, LogStore, LogStream } from './log-store';

const pageSize = 10_000;

/** FilterLogEvents: events of a group's streams in time order; `nextToken` is an offset. */
export function filterLogEvents(store: LogStore, groupName: string, input: JsonObject): Output {
  const streams = selectStreams(store, groupName, input);
  const matches = compileFilterPattern(text(input['filterPattern']) ?? '');
  const inTime = timeRange(input);
  const events = streams
    .flatMap((stream) => stream.events.map((event) => ({ logStreamName: stream.name, ...event })))
    .filter((event) => inTime(event) && matches(event.message))
    .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
  const offset = Number(text(input['nextToken']) ?? 0);
  const limit = Math.min(Number(input['limit'] ?? pageSize), pageSize);
  const end = offset + limit;
  return {
    events: events.slice(offset, end),
    searchedLogStreams: [],
    ...(end < events.length && { nextToken: String(end) }),
  };
}

/** GetLogEvents: one stream, from its start or its end; tokens are `f/<offset>` and `b/<offset>`. */
export function getLogEvents(store: LogStore, groupName: string, input: JsonObject): Output {
  const stream = store.requireStream(groupName, text(input['logStreamName']) ?? '');
  const events = stream.events.filter(timeRange(input));
  const limit = Math.min(Number(input['limit'] ?? pageSize), pageSize);
  const token = /^([fb])\/(\d+)$/.exec(text(input['nextToken']) ?? '');
  const start = pageStart(token, input['startFromHead'] === true, limit, events.length);
  const end = token?.[1] === 'b' ? Number(token[2]) : Math.min(start + limit, events.length);
  return {
    events: events.slice(start, end).map(({ timestamp, message, ingestionTime }) => ({
      timestamp,
      message,
      ingestionTime,
    })),
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${start}`,
  };
}

function pageStart(token: RegExpExecArray | null, fromHead: boolean, limit: number, count: number): number {
  if (token === null) return fromHead ? 0 : Math.max(0, count - limit);
  const offset = Number(token[2]);
  return token[1] === 'f' ? Math.min(offset, count) : Math.max(0, offset - limit);
}

function selectStreams(store: LogStore, groupName: string, input: JsonObject): readonly LogStream[] {
  const group = store.require(groupName);
  const names = input['logStreamNames'];
  if (Array.isArray(names)) return names.map((name) => store.requireStream(groupName, String(name)));
  const prefix = text(input['logStreamNamePrefix']) ?? '';
  return [...group.streams.values()].filter((stream) => stream.name.startsWith(prefix));
}

function timeRange(input: JsonObject): (event: LogEvent) => boolean {
  const start = Number(input['startTime'] ?? 0);
  const end = Number(input['endTime'] ?? Number.MAX_SAFE_INTEGER);
  return (event) => event.timestamp >= start && event.timestamp <= end;
}

function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new AwsError('InvalidParameterException', `Expected a string, got ${JSON.stringify(value)}.`);
}
