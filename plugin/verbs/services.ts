import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { readServices, type Service } from '../../params/services';
import type { Context } from '../context';
import { problem } from '../problem';

const SIGNALS = ['metrics', 'traces', 'logs'] as const;
type Signal = (typeof SIGNALS)[number];

/** A service with what the stores know of it, as functions/measure-services returns it. */
interface Measured {
  readonly name: string;
  readonly isListed: boolean;
  readonly lastSeen: Readonly<Partial<Record<Signal, string>>>;
  readonly requests?: { readonly rate: number; readonly errors?: number; readonly p95?: number };
}

export interface Measurement {
  readonly at: string;
  readonly services: readonly Measured[];
  /** Why something could not be read. */
  readonly unread: readonly string[];
}

/**
 * `sls services`: when each signal of each service was last seen, and the rate, errors and duration of its requests.
 */
export async function services(context: Context): Promise<void> {
  const { terminal } = context;
  await context.stack();
  const listed = readServices(context.serverless.serviceDir, context.stage);
  const measured = await measure(
    context,
    listed.map(({ name }) => name),
  );
  if (context.flag('json')) return terminal.line(JSON.stringify(withEntries(measured, listed), undefined, 2));
  for (const line of serviceLines(measured, listed, context)) terminal.line(line);
}

async function measure(context: Context, names: readonly string[]): Promise<Measurement> {
  const client = await context.client(LambdaClient);
  const FunctionName = `${context.stackName}-measureServices`;
  const answer = await client
    .send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ names }) }))
    .catch((cause: unknown) => {
      if (!(cause instanceof Error) || cause.name !== 'ResourceNotFoundException') throw cause;
      throw problem(
        'FunctionMissing',
        `The stack ${context.stackName} has no function ${FunctionName}: it was deployed by an older version. Deploy it again with \`${context.command('deploy')}\`.`,
        { cause },
      );
    });
  const payload = JSON.parse(answer.Payload?.transformToString() || 'null') as Measurement & {
    readonly errorType?: string;
    readonly errorMessage?: string;
  };
  if (answer.FunctionError)
    throw problem(payload.errorType ?? 'ServicesNotMeasured', payload.errorMessage ?? JSON.stringify(payload));
  return payload;
}

function withEntries({ services: measured, ...rest }: Measurement, listed: readonly Service[]): object {
  const entryOf = (name: string) => listed.find((each) => each.name === name);
  return { ...rest, services: measured.map((each) => ({ ...each, ...entryOf(each.name) })) };
}

/** A table of the services, with what could not be read and what to do about services that are silent or not listed. */
export function serviceLines(
  { at, services: measured, unread }: Measurement,
  listed: readonly Service[],
  context: Pick<Context, 'terminal' | 'command'>,
): readonly string[] {
  const { terminal } = context;
  const now = new Date(at).getTime();
  const wanted = (name: string, signal: Signal) =>
    listed.find((each) => each.name === name)?.signals.includes(signal) ?? false;
  const isMissing = ({ name, lastSeen }: Measured, signal: Signal) =>
    lastSeen[signal] === undefined && wanted(name, signal);
  const head = ['service', ...SIGNALS, 'requests/s', 'errors', 'p95'];
  const rows = measured.map((each) => [
    each.name,
    ...SIGNALS.map((signal) => age(each.lastSeen[signal], now)),
    each.requests ? rate(each.requests.rate) : '-',
    each.requests?.errors === undefined ? '-' : `${(each.requests.errors * 100).toFixed(1)} %`,
    each.requests?.p95 === undefined ? '-' : duration(each.requests.p95),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const cells = (row: readonly string[], paint: (text: string, column: number) => string = (text) => text) =>
    row
      .map((text, column) => paint(text.padEnd(widths[column] ?? 0), column))
      .join('  ')
      .trimEnd();
  const silent = measured.filter((each) => SIGNALS.some((signal) => isMissing(each, signal)));
  const strangers = measured.filter(({ isListed }) => !isListed).map(({ name }) => name);
  return [
    terminal.style('bold', cells(head)),
    ...measured.map((each, index) =>
      cells(rows[index] ?? [], (text, column) => {
        const signal = SIGNALS[column - 1];
        return signal !== undefined && isMissing(each, signal) ? terminal.style('red', text) : text;
      }),
    ),
    'Last seen within a day. Rate, errors and 95th percentile of the last five minutes, from the spans.',
    ...silent.map(({ name }) => {
      const kind = listed.find((each) => each.name === name)?.kind ?? 'other';
      return `${name} has a signal that was not seen: docs/services/${kind}.md says what it needs, and \`${context.command('setup --verify')}\` names the hop that is broken.`;
    }),
    ...(strangers.length > 0
      ? [
          `Not in services.yml, so not proven: ${strangers.join(', ')}. \`${context.command('attach <name>')}\` prints an entry.`,
        ]
      : []),
    ...unread.map((reason) => `Not read: ${reason}`),
  ];
}

function age(at: string | undefined, now: number): string {
  if (at === undefined) return 'not seen';
  const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3_600)} h ago`;
}

/** One request an hour must not read as zero. */
function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 0.01 ? '<0.01' : perSecond.toFixed(2);
}

function duration(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}
