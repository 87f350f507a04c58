/** Mute timings: prometheus/alertmanager timeinterval (times, weekdays, days_of_month, months, years, location). */
type Interval = Readonly<Record<string, unknown>>;

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** Whether a time is in one of the intervals; UTC unless an interval names a location. */
export function inIntervals(intervals: readonly Interval[], at: number): boolean {
  return intervals.some((interval) => inInterval(interval, at));
}

function inInterval(interval: Interval, at: number): boolean {
  const moment = local(at, typeof interval['location'] === 'string' ? interval['location'] : 'UTC');
  const list = (name: string): unknown[] => (Array.isArray(interval[name]) ? interval[name] : []);
  const any = (name: string, test: (item: unknown) => boolean): boolean =>
    list(name).length === 0 || list(name).some(test);
  const lastDay = new Date(Date.UTC(moment.year, moment.month, 0)).getUTCDate();
  return (
    any('times', (item) => {
      const { start_time: start, end_time: end } = item as { start_time: string; end_time: string };
      return moment.minutes >= minutes(start) && moment.minutes < minutes(end);
    }) &&
    any('weekdays', (item) => inRange(String(item), moment.weekday, (text) => weekdays.indexOf(text))) &&
    any('days_of_month', (item) =>
      inRange(String(item), moment.day, (text) => (Number(text) < 0 ? lastDay + 1 + Number(text) : Number(text))),
    ) &&
    any('months', (item) =>
      inRange(String(item), moment.month, (text) => (months.includes(text) ? months.indexOf(text) + 1 : Number(text))),
    ) &&
    any('years', (item) => inRange(String(item), moment.year, Number))
  );
}

function inRange(text: string, value: number, read: (text: string) => number): boolean {
  const [from = '', to = from] = text.toLowerCase().split(':');
  return value >= read(from) && value <= read(to);
}

function minutes(text: string): number {
  const [hours = '0', rest = '0'] = text.split(':');
  return Number(hours) * 60 + Number(rest);
}

function local(
  at: number,
  timeZone: string,
): { year: number; month: number; day: number; weekday: number; minutes: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'long',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    year: Number(part['year']),
    month: Number(part['month']),
    day: Number(part['day']),
    weekday: weekdays.indexOf((part['weekday'] ?? '').toLowerCase()),
    minutes: Number(part['hour']) * 60 + Number(part['minute']),
  };
}
