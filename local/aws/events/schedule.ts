import { Cron } from 'croner';
import { AwsError } from '../../kernel/contracts';

const MILLISECONDS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Calls `fire` on a schedule until `signal` aborts: `rate(5 minutes)` counted from now, or
 * `cron(minutes hours day-of-month month day-of-week year)` in UTC. Throws ValidationException for any other
 * expression.
 */
export function startSchedule(expression: string, fire: () => void, signal: AbortSignal): void {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate !== null) {
    startRate(expression, Number(rate[1]), rate[2] ?? '', rate[3] === 's', fire, signal);
    return;
  }
  const job = new Cron(cronPattern(expression), { ...CRON_OPTIONS, paused: false, unref: true }, fire);
  signal.addEventListener('abort', () => job.stop(), { once: true });
}

/** The next `count` times of a cron expression, for tests of expressions. */
export function nextRuns(expression: string, count: number, from: Date): readonly Date[] {
  return new Cron(cronPattern(expression), CRON_OPTIONS).nextRuns(count, from);
}

/** EventBridge counts the days of the week from Sunday = 1, as Quartz does. */
const CRON_OPTIONS = {
  timezone: 'UTC',
  mode: '7-part',
  alternativeWeekdays: true,
  sloppyRanges: true,
  paused: true,
} as const;

function startRate(
  expression: string,
  value: number,
  unit: string,
  plural: boolean,
  fire: () => void,
  signal: AbortSignal,
): void {
  if (value < 1 || plural === (value === 1)) throw invalid(expression);
  const timer = setInterval(fire, value * (MILLISECONDS[unit] ?? 0));
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function cronPattern(expression: string): string {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  const [, , dayOfMonth, , dayOfWeek] = fields;
  // Day of month and day of week are ambiguous together, so one of them must be a question mark.
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) throw invalid(expression);
  const pattern = `0 ${fields.join(' ')}`;
  try {
    new Cron(pattern, CRON_OPTIONS).nextRun();
  } catch {
    throw invalid(expression);
  }
  return pattern;
}

function invalid(expression: string): AwsError {
  return new AwsError('ValidationException', `Parameter ScheduleExpression is not valid: ${expression}`);
}
