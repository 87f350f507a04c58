import { stripVTControlCharacters } from 'node:util';
import { exitCodes } from '../../../../plugin/exit-codes';
import { processTerminal, type Terminal } from '../../../../plugin/terminal';
import { conclude, conclusionLine, furtherLines } from '../../../../plugin/watch/conclusion';
import { hanging } from '../../../../plugin/watch/fit';
import { watch } from '../../../../plugin/watch/watch';
import { buildTimeline, type HistoryEvent, type Timeline } from '../../../../report';
import { HistoryWriter } from '../../../helpers/history-writer';
import { goodSetup } from '../../../helpers/setup-histories';

/** A terminal that records its lines and every set of live rows. */
function recorder(
  interactive: boolean,
  columns?: number,
): Terminal & { readonly lines: string[]; readonly drawn: string[][] } {
  const lines: string[] = [];
  const drawn: string[][] = [];
  return {
    interactive,
    columns,
    lines,
    drawn,
    line: (text = '') => lines.push(text),
    note: (text) => lines.push(text),
    live: (rows) => drawn.push(rows.map(stripVTControlCharacters)),
    style: (_colour, text) => text,
    link: (text) => text,
  };
}

/** Returns a growing history: at the nth call the first `counts[n]` events, as for a running execution. */
function reader(events: readonly HistoryEvent[], counts: readonly number[]): () => Promise<Timeline> {
  let turn = 0;
  return async () => {
    const timeline = buildTimeline(events.slice(0, counts[Math.min(turn, counts.length - 1)]));
    turn += 1;
    return timeline;
  };
}

/** A minute after the history's start. */
const quick = { intervalMs: 1, patienceMs: 0, now: () => Date.UTC(2026, 10, 23, 12, 1, 0) };

const history = new HistoryWriter().start();
history.task('TakeLock', { outcome: 'done', detail: 'no other run' });
history.task('CheckWorkspace', { outcome: 'pending', detail: 'workspace is CREATING', status: 'PENDING' });
history.enter('Wait', 'WaitForWorkspace');
history.exit('Wait', 'WaitForWorkspace');
history.task('CheckWorkspace', { outcome: 'done', detail: 'workspace is ACTIVE', status: 'READY' });
history.enter('Task', 'GenerateTraffic');
history.failedTry('TesterCallsFailed', 'createFirst: expected 201, got 503');
const beforeRetry = history.events.length;
history.add('TaskScheduled');
history.add('TaskSucceeded', {
  taskSucceededEventDetails: { output: '{"Payload":{"outcome":"passed","detail":"6 of 6 calls"}}' },
});
history.exit('Task', 'GenerateTraffic');
history.task('PublishReport', { outcome: 'done', location: 's3://audit/setup/report.html' });
history.add('ExecutionSucceeded');
const all = history.events.length;

it('prints each step once, when it is done, with its changes', async () => {
  const terminal = recorder(true);
  const timeline = await watch(reader(history.events, [1, 6, 11, 13, 18, beforeRetry, all]), terminal, quick);
  expect(timeline?.outcome).toBe('succeeded');
  expect(terminal.lines.map((line) => line.replaceAll(/ {2,}/g, ' '))).toEqual([
    '✔ TakeLock 4.0 s done: no other run',
    '✔ CheckWorkspace 11 s done: workspace is ACTIVE',
    '✔ GenerateTraffic 6.0 s passed: 6 of 6 calls (1 retry)',
    '✔ PublishReport 4.0 s done',
  ]);
});

it('draws the reason of a wait and of a retry, and removes them at the end', async () => {
  const terminal = recorder(true);
  await watch(reader(history.events, [12, beforeRetry, all]), terminal, quick);
  const drawn = terminal.drawn.flat().join('\n');
  expect(drawn).toMatch(/CheckWorkspace +\d+ s +workspace is CREATING/);
  expect(drawn).toContain('will try again (1 so far) after TesterCallsFailed: createFirst: expected 201, got 503');
  expect(terminal.drawn.at(-1)).toEqual([]);
});

it('prints waits and retries as plain lines without a terminal', async () => {
  const terminal = recorder(false);
  await watch(reader(history.events, [11, beforeRetry, all]), terminal, quick);
  expect(terminal.lines.filter((line) => line.includes('…'))).toEqual([
    expect.stringMatching(/^ {2}… CheckWorkspace, \d+ s: workspace is CREATING$/),
    expect.stringMatching(/^ {2}… GenerateTraffic, \d+ s: will try again \(1 so far\) after TesterCallsFailed/),
  ]);
});

const failing =
  (name: string, code?: string): (() => Promise<Timeline>) =>
  async () => {
    throw Object.assign(new Error('no'), { name, ...(code && { code }) });
  };

it.each(['ExpiredTokenException', 'ExpiredToken', 'CredentialsProviderError', 'UnrecognizedClientException'])(
  'gives up at once on %s',
  async (name) => {
    await expect(watch(failing(name), recorder(true), { ...quick, patienceMs: 60_000 })).rejects.toMatchObject({
      name: 'LostSight',
      exit: 'lostSight',
      message: expect.stringContaining('credentials have expired'),
    });
  },
);

it.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT'])('gives up on %s at the limit of retries', async (code) => {
  await expect(watch(failing('Error', code), recorder(true), quick)).rejects.toMatchObject({
    name: 'LostSight',
    message: expect.stringContaining(code),
  });
});

it('does not repeat a Map’s error for its failed item and the Fail state', async () => {
  const failed = new HistoryWriter().start();
  failed.enter('Map', 'ApplyDataSources');
  const started = failed.add('MapStateStarted', { mapStateStartedEventDetails: { length: 1 } });
  const details = { name: 'ApplyDataSources', index: 0 };
  failed.add('MapIterationStarted', { mapIterationStartedEventDetails: details }, started);
  failed.enter('Task', 'ApplyDataSource');
  failed.failedTry('DataSourceUnhealthy', `Loki is not healthy. ${'x'.repeat(300)}`);
  failed.add('MapIterationFailed', { mapIterationFailedEventDetails: details });
  failed.add('MapStateFailed');
  failed.exit('Map', 'ApplyDataSources');
  failed.enter('Fail', 'Fail');
  failed.add('ExecutionFailed', {
    executionFailedEventDetails: { error: 'DataSourceUnhealthy', cause: 'Loki is not healthy.' },
  });
  const terminal = recorder(false);
  await watch(reader(failed.events, [failed.events.length]), terminal, quick);
  expect(terminal.lines).toEqual([
    expect.stringMatching(/^✖ ApplyDataSources .* DataSourceUnhealthy$/),
    expect.stringMatching(/^ {4}Loki is not healthy\. x+…$/),
    '    item 1 of 1',
  ]);
});

it('continues after a lost response, and says so once', async () => {
  let turn = 0;
  const terminal = recorder(false);
  const read = async (): Promise<Timeline> => {
    turn += 1;
    if (turn === 2 || turn === 3) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
    return buildTimeline(history.events.slice(0, turn === 1 ? 1 : all));
  };
  const timeline = await watch(read, terminal, { ...quick, patienceMs: 60_000 });
  expect(timeline?.outcome).toBe('succeeded');
  expect(terminal.lines.filter((line) => line.includes('no answer'))).toHaveLength(1);
});

it('does not hide any other error', async () => {
  await expect(watch(failing('AccessDeniedException'), recorder(true), quick)).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

describe('the last line', () => {
  it('says that it succeeded, and where the report is', () => {
    const conclusion = conclude('setup', buildTimeline(history.events));
    expect(conclusionLine(conclusion)).toMatch(/^setup succeeded in \d+(\.\d+)? s$/);
    expect(conclusion).toMatchObject({
      exitCode: 0,
      report: 's3://audit/setup/report.html',
      changes: { done: 3, passed: 1 },
    });
  });

  it.each([
    [goodSetup(['passed', 'passed'], 'verify'), 'verification succeeded in N s: no drift, 2 checks passed'],
    [
      goodSetup(['passed', 'not-evaluated'], 'verify'),
      'verification succeeded in N s: no drift, 1 check passed, 1 not evaluated',
    ],
    [new HistoryWriter().start({ mode: 'verify' }), 'verification succeeded in N s: no drift'],
    [goodSetup(['passed', 'passed'], 'drill'), 'setup succeeded in N s'],
  ])('has the result of a verification (%#)', (run, line) => {
    run.add('ExecutionSucceeded');
    expect(conclusionLine(conclude('setup', buildTimeline(run.events))).replace(/\d+(\.\d+)? s/, 'N s')).toBe(line);
  });

  it.each([
    ['DriftFound', 'applyDashboards: 1 drifted', 'verification found drift: applyDashboards: 1 drifted'],
    [
      'SignalsNotVerified',
      '22 passed, 1 failed.',
      'verification failed: JudgeResults: SignalsNotVerified, 22 passed, 1 failed.',
    ],
  ])('says whether it was drift that ended a verification: %s', (error, cause, line) => {
    const failed = new HistoryWriter().start({ mode: 'verify' });
    failed.enter('Task', 'JudgeResults');
    failed.failedTry(error, cause);
    failed.add('ExecutionFailed', { executionFailedEventDetails: { error, cause } });
    expect(conclusionLine(conclude('setup', buildTimeline(failed.events)))).toBe(line);
  });

  it.each([
    ['done', '1 rule → s3://audit/exports/1/; 3 secrets are to be entered again', 's3://audit/exports/1/'],
    ['done', '1 rule → s3://audit/exports/1/', 's3://audit/exports/1/'],
    ['unchanged', 'nothing exported: the stack keeps no data', undefined],
  ])('finds where a teardown exported what users made (%s: %s)', (outcome, detail, exported) => {
    const teardown = new HistoryWriter().start({});
    teardown.task('ExportContent', { outcome, detail });
    teardown.add('ExecutionSucceeded');
    expect(conclude('teardown', buildTimeline(teardown.events)).exported).toBe(exported);
  });

  it('finds the report of a failed run in its cause', () => {
    const failed = new HistoryWriter().start();
    failed.add('ExecutionFailed', {
      executionFailedEventDetails: { error: 'X', cause: 'A failed. Report: s3://audit/runs/1/report.html' },
    });
    expect(conclude('setup', buildTimeline(failed.events)).report).toBe('s3://audit/runs/1/report.html');
  });

  it('has the first failure, and below it the failures after it', () => {
    const failed = new HistoryWriter().start();
    failed.enter('Task', 'JudgeResults');
    failed.failedTry('SignalsNotVerified', '1 failed.');
    failed.exit('Task', 'JudgeResults');
    failed.enter('Task', 'CloseAccessAfterFailure');
    failed.failedTry('AccessDeniedException', 'no such right');
    failed.exit('Task', 'CloseAccessAfterFailure');
    failed.add('ExecutionFailed', { executionFailedEventDetails: { error: 'SignalsNotVerified', cause: '1 failed.' } });
    const conclusion = conclude('setup', buildTimeline(failed.events));
    expect(conclusionLine(conclusion)).toBe('setup failed: JudgeResults: SignalsNotVerified, 1 failed.');
    expect(furtherLines(conclusion)).toEqual([
      'then CloseAccessAfterFailure failed, too: AccessDeniedException, no such right',
    ]);
    expect(conclusion).toMatchObject({
      failedStep: 'JudgeResults',
      furtherFailures: [{ error: 'AccessDeniedException' }],
    });
  });

  it.each([
    [
      'ExecutionFailed',
      {
        executionFailedEventDetails: {
          error: 'NotSteady',
          cause: 'AwaitServices failed. no tasks Report: s3://audit/runs/1/report.html',
        },
      },
      exitCodes.executionFailed,
      'setup failed: AwaitServices: NotSteady, no tasks',
    ],
    [
      'ExecutionAborted',
      { executionAbortedEventDetails: { cause: 'by hand' } },
      exitCodes.executionStopped,
      'setup stopped after 4 s: a user stopped the execution (by hand)',
    ],
    [
      'ExecutionTimedOut',
      { executionTimedOutEventDetails: {} },
      exitCodes.executionStopped,
      'setup timed out after 4 s',
    ],
    [
      'ExecutionFailed',
      { executionFailedEventDetails: { error: 'DriftFound', cause: '2 dashboards differ.' } },
      exitCodes.drift,
      'setup failed: AwaitServices: NotSteady, no tasks',
    ],
  ])('after %s has the step, the cause and the exit code', (type, details, exitCode, line) => {
    const failed = new HistoryWriter().start();
    failed.enter('Task', 'AwaitServices');
    failed.add('TaskScheduled');
    failed.add('TaskFailed', { taskFailedEventDetails: { error: 'NotSteady', cause: 'no tasks' } });
    failed.add(type, details);
    const conclusion = conclude('setup', buildTimeline(failed.events));
    expect(conclusion.exitCode).toBe(exitCode);
    expect(conclusionLine(conclusion)).toBe(line);
  });

  it('after a verification that found drift and then failed has both, and the exit code of drift', () => {
    const cause = 'Drift was found: OpenAccess: missing. Then WarmUp failed. no answer';
    const failed = new HistoryWriter().start({ mode: 'verify' });
    failed.enter('Task', 'WarmUp');
    failed.add('TaskScheduled');
    failed.add('TaskFailed', { taskFailedEventDetails: { error: 'TesterCallsFailed', cause: 'no answer' } });
    failed.add('ExecutionFailed', { executionFailedEventDetails: { error: 'DriftFound', cause } });
    const conclusion = conclude('setup', buildTimeline(failed.events));
    expect(conclusion).toMatchObject({ exitCode: exitCodes.drift, error: 'DriftFound', failedStep: 'WarmUp' });
    expect(conclusionLine(conclusion)).toBe(`verification found drift: ${cause}`);
  });
});

describe.each([50, 80, 140])('the same failed run at %i columns', (columns) => {
  const cause = [
    'panels:service-overview is late (content): empty: panel 3/A "Tasks scraped"; 46 of 47 queries returned data. Check the metric and label names in the query, or declare it as possibly empty with a reason.',
    '22 checks passed, 1 failed, 0 not evaluated. The evidence of every check is in the report.',
  ].join('\n');
  const failed = new HistoryWriter().start();
  failed.task('TakeLock', {
    outcome: 'done',
    detail: 'owner is 5b0e0f38-4b86-4d8f-8b5d-2c8b6c8d1a11, which has ended its run',
  });
  failed.enter('Task', 'JudgeResults');
  failed.failedTry('SignalsNotVerified', cause);
  failed.exit('Task', 'JudgeResults');
  failed.task('CloseAccessAfterFailure', { outcome: 'done', detail: 'no token left' });
  failed.task('RecordFailure', { outcome: 'failed', detail: cause });
  failed.add('ExecutionFailed', { executionFailedEventDetails: { error: 'SignalsNotVerified', cause } });

  const shown = async (): Promise<readonly string[]> => {
    const terminal = recorder(false, columns);
    const timeline = await watch(reader(failed.events, [failed.events.length]), terminal, quick);
    return [...terminal.lines, ...hanging(conclusionLine(conclude('setup', timeline)), columns, 0)];
  };

  it('stays within the columns and breaks no word', async () => {
    const lines = await shown();
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    const words = new Set(lines.flatMap((line) => line.trim().split(/\s+/)));
    for (const word of cause.split(/\s+/)) expect(words).toContain(word);
  });

  it('prints the failure in full once, the failing check first, and indents what follows', async () => {
    const lines = await shown();
    const all = lines.join(' ').replaceAll(/\s+/g, ' ');
    expect(all.match(/declare it as possibly empty with a reason/g)).toHaveLength(1);
    const from = lines.findIndex((line) => line.startsWith('setup failed: JudgeResults: SignalsNotVerified'));
    expect(lines.slice(from).join(' ')).toMatch(/SignalsNotVerified,\s+panels:service-overview/);
    expect(lines[from + 1]).toMatch(/^ {2}\S/);
  });

  it('prints no tick after the failure', async () => {
    const marks = (await shown()).filter((line) => /^\S /.test(line)).map((line) => line[0]);
    expect(marks).toEqual(['✔', '✖', '·', '·']);
  });
});

it.each([
  ['unchanged', 'log-in unchanged', 'unchanged: log-in'],
  ['unchanged', 'unchanged', 'unchanged'],
  ['unchanged', 'role and network unchanged; configuration unchanged', 'unchanged: role and network; configuration'],
  ['updated', 'role updated; network unchanged', 'updated: role updated; network unchanged'],
  ['passed', '26 checks passed, 0 failed', 'passed: 26 checks passed, 0 failed'],
  ['updated', 'updated: unified alerting', 'updated: unified alerting'],
  ['added', 'workspace g-1', 'added: workspace g-1'],
])('prints a change once (%s: %s)', async (outcome, detail, line) => {
  const run = new HistoryWriter().start();
  run.task('Step', { outcome, detail });
  run.add('ExecutionSucceeded');
  const terminal = recorder(false);
  await watch(reader(run.events, [run.events.length]), terminal, quick);
  expect(terminal.lines[0]?.split(' s  ')[1]).toBe(line);
});

it('says what the checks wait for, how often they looked and until when', async () => {
  const verifying = new HistoryWriter().start();
  verifying.enter('Map', 'VerifySignals');
  verifying.add('MapStateStarted', { mapStateStartedEventDetails: { length: 5 } });
  const seen = verifying.events.length;
  verifying.exit('Map', 'VerifySignals');
  verifying.add('ExecutionSucceeded');
  const terminal = recorder(true, 80);
  const until = new Date(2026, 10, 23, 14, 3).toISOString();
  const waiting = async () => [{ name: 'panels:service-overview', what: 'Tasks scraped: empty', looks: 12, until }];
  await watch(reader(verifying.events, [seen, verifying.events.length]), terminal, { ...quick, waiting });
  expect(terminal.drawn.flat()).toContain('  Tasks scraped: empty, look 12, until 14:03');
});

it('treats a dumb terminal as no terminal, and ends the framework’s own drawing', () => {
  const [term, noColor] = [process.env['TERM'], process.env['NO_COLOR']];
  process.env['TERM'] = 'dumb';
  try {
    const clear = jest.fn();
    const dumb = processTerminal({ progress: { get: () => ({ notice: () => {}, remove: () => {} }), clear } });
    expect(dumb.interactive).toBe(false);
    expect(clear).toHaveBeenCalled();
    expect(dumb.style('red', 'text')).toBe('text');
    expect(dumb.link('text', 'http://127.0.0.1/')).toBe('text');
  } finally {
    for (const [name, value] of Object.entries({ TERM: term, NO_COLOR: noColor }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});
