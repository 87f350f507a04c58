import type { Logger } from '../../../service/telemetry/logger';
import { createLosses } from '../../../service/telemetry/losses';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** The counted losses and the log lines. */
function started() {
  const counted: (readonly [string, number])[] = [];
  const said: (readonly [string, unknown])[] = [];
  const losses = createLosses({ dropped: (signal, count) => counted.push([signal, count]) });
  const warn: Logger['warn'] = (code, _message, fields) => void said.push([code, fields]);
  losses.reportTo({ warn } as Logger);
  return { losses, counted, said };
}

it('counts every lost record at once, and logs losses at once and then at most once a minute', () => {
  const { losses, counted, said } = started();
  const { lost } = losses.of('traces');
  for (let second = 0; second < 150; second += 1) {
    lost(2);
    jest.advanceTimersByTime(1_000);
  }
  expect(counted).toHaveLength(150);
  expect(said).toEqual([
    ['TELEMETRY_LOST', { records: 2, reason: 'traces: the queue is full' }],
    ['TELEMETRY_LOST', { records: 120, reason: 'traces: the queue is full' }],
    ['TELEMETRY_LOST', { records: 120, reason: 'traces: the queue is full' }],
  ]);
});

it('logs a delay at most once a minute, and says that the records are kept', () => {
  const { losses, counted, said } = started();
  for (let second = 0; second < 90; second += 1) {
    losses.of('logs').delayed(new Error('connect ECONNREFUSED'));
    jest.advanceTimersByTime(1_000);
  }
  const line = ['TELEMETRY_DELAYED', { reason: 'logs: connect ECONNREFUSED' }];
  expect(said).toEqual([line, line]);
  expect(counted).toEqual([]);
});

it('logs a backend’s warning once a minute per signal, and counts nothing', () => {
  const { losses, counted, said } = started();
  for (let second = 0; second < 90; second += 1) {
    for (const signal of ['logs', 'traces'] as const) losses.of(signal).warned('use the new endpoint');
    jest.advanceTimersByTime(1_000);
  }
  const lines = ['logs', 'traces'].map((signal) => ['TELEMETRY_WARNED', { reason: `${signal}: use the new endpoint` }]);
  expect(said).toEqual([...lines, ...lines]);
  expect(counted).toEqual([]);
});
