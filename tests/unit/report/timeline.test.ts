import { buildTimeline, currentVisit, failedStep, type HistoryEvent, stepsOf } from '../../../report';
import { HistoryWriter, lambdaFailure } from '../../helpers/history-writer';

const steps = (events: readonly HistoryEvent[]) => stepsOf(buildTimeline(events));

describe('the history of a successful execution', () => {
  const history = new HistoryWriter().start();
  history.task('TakeLock', { outcome: 'done', detail: 'no other run', status: 'READY' });
  history.task('CheckWorkspace', { outcome: 'pending', detail: 'workspace is CREATING', status: 'PENDING' });
  history.enter('Choice', 'WorkspaceActive');
  history.exit('Choice', 'WorkspaceActive');
  history.enter('Wait', 'WaitForWorkspace');
  history.wait(10).exit('Wait', 'WaitForWorkspace');
  history.task('CheckWorkspace', { outcome: 'done', detail: 'g-abc is ACTIVE', status: 'READY', workspaceId: 'g-abc' });
  history.enter('Succeed', 'Done');
  history.exit('Succeed', 'Done');
  history.add('ExecutionSucceeded', { executionSucceededEventDetails: { output: '{}' } });

  it('has the input, the outcome and the times of the execution', () => {
    const timeline = buildTimeline(history.events);
    expect(timeline.outcome).toBe('succeeded');
    expect(timeline.input).toBe('{"mode":"apply"}');
    expect((timeline.endedAt ?? 0) - timeline.startedAt).toBe(32_000);
  });

  it('merges the visits of a loop and the waits between them into one step', () => {
    const [lock, check, ...others] = steps(history.events);
    expect(others).toEqual([]);
    expect(lock).toMatchObject({
      name: 'TakeLock',
      outcome: 'succeeded',
      change: 'done',
      detail: 'no other run',
      seconds: 4,
    });
    expect(check).toMatchObject({ name: 'CheckWorkspace', detail: 'g-abc is ACTIVE', seconds: 23 });
    expect(check?.visits).toHaveLength(2);
    expect(check?.visits[1]?.result?.evidence).toEqual({ workspaceId: 'g-abc' });
  });

  it('names the current state of a running execution', () => {
    const waiting = history.events.findIndex(({ type }) => type === 'WaitStateEntered') + 1;
    const timeline = buildTimeline(history.events.slice(0, waiting));
    expect(timeline.outcome).toBe('running');
    expect(currentVisit(timeline)).toMatchObject({ name: 'WaitForWorkspace', kind: 'Wait' });
  });

  it('reads times as seconds and as ISO text too', () => {
    const asJson = JSON.parse(JSON.stringify(history.events)) as HistoryEvent[];
    const asSeconds = asJson.map((event) => ({ ...event, timestamp: Date.parse(String(event.timestamp)) / 1000 }));
    expect(steps(asJson)).toEqual(steps(history.events));
    expect(steps(asSeconds)).toEqual(steps(history.events));
  });
});

describe('retries', () => {
  it('are counted with the cause of the last one, and the step succeeds', () => {
    const history = new HistoryWriter().start();
    history.enter('Task', 'CreateWorkspace');
    history.failedTry('ThrottlingException', 'Rate exceeded');
    history.wait(2);
    history.failedTry('ThrottlingException', 'Rate exceeded');
    history.add('TaskScheduled');
    history.add('TaskStarted');
    history.add('TaskSucceeded', { taskSucceededEventDetails: { output: '{"Payload":{"outcome":"added"}}' } });
    history.exit('Task', 'CreateWorkspace');
    history.add('ExecutionSucceeded');
    const [step] = steps(history.events);
    expect(step).toMatchObject({ outcome: 'succeeded', retries: 2, change: 'added' });
    expect(step?.lastRetryCause).toEqual({ error: 'ThrottlingException', message: 'Rate exceeded' });
    expect(step).not.toHaveProperty('failure');
  });

  it('show a failed attempt that will be retried as running', () => {
    const history = new HistoryWriter().start();
    history.enter('Task', 'CreateWorkspace');
    history.failedTry('ThrottlingException', 'Rate exceeded');
    expect(steps(history.events)[0]).toMatchObject({ outcome: 'running' });
    expect(failedStep(buildTimeline(history.events))).toBeUndefined();
  });
});

describe('failures', () => {
  const failing = (): HistoryWriter => {
    const history = new HistoryWriter().start();
    history.task('TakeLock', { outcome: 'done' });
    history.enter('Task', 'CheckWorkspace');
    history.failedTry('WorkspaceFailed', 'Workspace g-abc is CREATION_FAILED. Delete it and run the setup again.');
    return history;
  };

  it('name the step whose failure was caught as the failed one, not its catcher’s steps', () => {
    const history = failing();
    history.exit('Task', 'CheckWorkspace');
    history.task('CloseAccessAfterFailure', { outcome: 'done' });
    history.task('RecordFailure', { outcome: 'done', location: 's3://audit/report.html' });
    history.enter('Fail', 'Fail');
    history.add('ExecutionFailed', {
      executionFailedEventDetails: { error: 'WorkspaceFailed', cause: 'CheckWorkspace failed.' },
    });
    const timeline = buildTimeline(history.events);
    expect(timeline).toMatchObject({
      outcome: 'failed',
      failure: { error: 'WorkspaceFailed', message: 'CheckWorkspace failed.' },
    });
    expect(failedStep(timeline)).toMatchObject({
      name: 'CheckWorkspace',
      outcome: 'caught',
      failure: {
        error: 'WorkspaceFailed',
        message: 'Workspace g-abc is CREATION_FAILED. Delete it and run the setup again.',
      },
    });
    expect(stepsOf(timeline).map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'TakeLock succeeded',
      'CheckWorkspace caught',
      'CloseAccessAfterFailure succeeded',
      'RecordFailure succeeded',
      'Fail failed',
    ]);
  });

  it('count as caught when the history has no exit of the state', () => {
    const history = failing();
    history.task('CloseAccessAfterFailure', { outcome: 'done' });
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'X' } });
    expect(steps(history.events)[1]).toMatchObject({ name: 'CheckWorkspace', outcome: 'caught' });
  });

  it('count as failed when nothing caught them', () => {
    const history = failing();
    history.add('ExecutionFailed', {
      executionFailedEventDetails: lambdaFailure('WorkspaceFailed', 'Workspace g-abc is CREATION_FAILED.'),
    });
    const timeline = buildTimeline(history.events);
    expect(failedStep(timeline)).toMatchObject({ name: 'CheckWorkspace', outcome: 'failed' });
    expect(timeline.failure?.message).toBe('Workspace g-abc is CREATION_FAILED.');
  });

  it('of the execution belong to the state that failed without a task', () => {
    const history = new HistoryWriter().start();
    history.enter('Map', 'ApplyDashboards');
    history.add('ExecutionFailed', {
      executionFailedEventDetails: { error: 'States.Runtime', cause: 'Reference path must point to array.' },
    });
    expect(failedStep(buildTimeline(history.events))).toMatchObject({
      name: 'ApplyDashboards',
      outcome: 'failed',
      failure: { error: 'States.Runtime' },
    });
  });

  it.each([
    [
      'TaskTimedOut',
      { taskTimedOutEventDetails: { error: 'States.Timeout' } },
      'It took longer than its timeout allows.',
    ],
    [
      'TaskStartFailed',
      { taskStartFailedEventDetails: { error: 'Lambda.TooManyRequestsException', cause: 'Rate Exceeded.' } },
      'Rate Exceeded.',
    ],
    ['TaskSubmitFailed', { taskSubmitFailedEventDetails: { error: 'States.TaskFailed', cause: 'refused' } }, 'refused'],
    ['LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: lambdaFailure('Boom', 'it broke') }, 'it broke'],
    [
      'LambdaFunctionScheduleFailed',
      { lambdaFunctionScheduleFailedEventDetails: { error: 'States.Permissions' } },
      "The state machine's role may not call this task.",
    ],
    [
      'LambdaFunctionTimedOut',
      { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout' } },
      'It took longer than its timeout allows.',
    ],
    [
      'EvaluationFailed',
      { evaluationFailedEventDetails: { error: 'States.Runtime', cause: 'no such path' } },
      'no such path',
    ],
  ])('reads the cause of %s', (type, details, message) => {
    const history = new HistoryWriter().start();
    history.enter('Task', 'Tester');
    history.add('TaskScheduled');
    history.add(type, details);
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'X' } });
    expect(steps(history.events)[0]?.failure?.message).toBe(message);
  });
});

describe('executions that somebody or something ended', () => {
  it.each([
    [
      'ExecutionAborted',
      'aborted',
      { executionAbortedEventDetails: { error: 'Stopped', cause: 'by hand' } },
      'by hand',
    ],
    [
      'ExecutionTimedOut',
      'timed-out',
      { executionTimedOutEventDetails: { error: 'States.Timeout' } },
      'It took longer than its timeout allows.',
    ],
  ])('%s ends the running step too', (type, outcome, details, message) => {
    const history = new HistoryWriter().start();
    history.enter('Task', 'AwaitServices');
    history.add('TaskScheduled');
    history.add(type, details);
    const timeline = buildTimeline(history.events);
    expect(timeline).toMatchObject({ outcome, failure: { message } });
    expect(stepsOf(timeline)[0]).toMatchObject({ name: 'AwaitServices', outcome });
  });

  it('continue when the execution is redriven', () => {
    const history = new HistoryWriter().start();
    history.enter('Task', 'AwaitServices');
    history.failedTry('NotSteady', 'no tasks');
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'NotSteady' } });
    history.add('ExecutionRedriven', {});
    history.task('AwaitServices', { outcome: 'done' });
    history.add('ExecutionSucceeded');
    const timeline = buildTimeline(history.events);
    expect(timeline.outcome).toBe('succeeded');
    expect(stepsOf(timeline)[0]).toMatchObject({ name: 'AwaitServices', outcome: 'succeeded', change: 'done' });
  });
});

describe('maps', () => {
  /** Two concurrent items: their events are interleaved, and only previousEventId assigns them. */
  const interleaved = (second: 'succeeds' | 'fails'): HistoryWriter => {
    const history = new HistoryWriter().start();
    history.enter('Map', 'ApplyDataSources');
    const started = history.add('MapStateStarted', { mapStateStartedEventDetails: { length: 2 } });
    const name = 'ApplyDataSources';
    const a0 = history.add('MapIterationStarted', { mapIterationStartedEventDetails: { name, index: 0 } }, started);
    const b0 = history.add('MapIterationStarted', { mapIterationStartedEventDetails: { name, index: 1 } }, started);
    const a1 = history.enter('Task', 'ApplyDataSource', a0);
    const b1 = history.enter('Task', 'ApplyDataSource', b0);
    const a2 = history.add('TaskScheduled', {}, a1);
    const b2 = history.add('TaskScheduled', {}, b1);
    const b3 =
      second === 'succeeds'
        ? history.add(
            'TaskSucceeded',
            { taskSucceededEventDetails: { output: '{"Payload":{"outcome":"unchanged","detail":"tempo"}}' } },
            b2,
          )
        : history.add(
            'TaskFailed',
            { taskFailedEventDetails: lambdaFailure('Unhealthy', 'tempo does not answer') },
            b2,
          );
    if (second === 'fails') {
      const failed = history.add('MapIterationFailed', { mapIterationFailedEventDetails: { name, index: 1 } }, b3);
      history.add('MapIterationAborted', { mapIterationAbortedEventDetails: { name, index: 0 } }, a2);
      history.add('MapStateFailed', {}, failed);
      return history;
    }
    const a3 = history.add(
      'TaskSucceeded',
      { taskSucceededEventDetails: { output: '{"Payload":{"outcome":"added","detail":"loki"}}' } },
      a2,
    );
    const b4 = history.exit('Task', 'ApplyDataSource', b3);
    const a4 = history.exit('Task', 'ApplyDataSource', a3);
    history.add('MapIterationSucceeded', { mapIterationSucceededEventDetails: { name, index: 1 } }, b4);
    history.add('MapIterationSucceeded', { mapIterationSucceededEventDetails: { name, index: 0 } }, a4);
    history.add('MapStateSucceeded');
    history.exit('Map', name);
    return history;
  };

  it('count the changes that an item reports, not the item', () => {
    const name = 'ApplyDashboards';
    const history = new HistoryWriter().start();
    history.enter('Map', name);
    history.add('MapStateStarted', { mapStateStartedEventDetails: { length: 1 } });
    history.add('MapIterationStarted', { mapIterationStartedEventDetails: { name, index: 0 } });
    history.task('ApplyDashboard', { outcome: 'updated', detail: 'a batch', tally: { added: 4, updated: 1 } });
    history.add('MapIterationSucceeded', { mapIterationSucceededEventDetails: { name, index: 0 } });
    history.add('MapStateSucceeded');
    history.exit('Map', name);
    history.add('ExecutionSucceeded');
    expect(steps(history.events)).toMatchObject([{ name, change: 'updated', detail: '4 added, 1 updated' }]);
  });

  it('assign each item its own events, however they are interleaved', () => {
    const history = interleaved('succeeds');
    history.task('GenerateTraffic', { outcome: 'passed', detail: '6 of 6' });
    history.add('ExecutionSucceeded');
    const [map, next] = steps(history.events);
    expect(map).toMatchObject({
      name: 'ApplyDataSources',
      outcome: 'succeeded',
      detail: '1 added, 1 unchanged',
      expectedItems: 2,
    });
    expect(map?.items.map(({ index, outcome, change, detail }) => [index, outcome, change, detail])).toEqual([
      [0, 'succeeded', 'added', 'loki'],
      [1, 'succeeded', 'unchanged', 'tempo'],
    ]);
    expect(next).toMatchObject({ name: 'GenerateTraffic', detail: '6 of 6' });
  });

  it('count the completed items while they run', () => {
    const history = interleaved('succeeds');
    const first = history.events.findIndex(({ type }) => type === 'MapIterationSucceeded') + 1;
    const [map] = steps(history.events.slice(0, first));
    expect(map?.items.map(({ outcome }) => outcome)).toEqual(['running', 'succeeded']);
    expect(map).toMatchObject({ outcome: 'running', expectedItems: 2 });
  });

  it('name the failed item’s error, and show the other item as aborted', () => {
    const history = interleaved('fails');
    history.exit('Map', 'ApplyDataSources');
    history.task('CloseAccessAfterFailure', { outcome: 'done' });
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'Unhealthy' } });
    const timeline = buildTimeline(history.events);
    expect(failedStep(timeline)).toMatchObject({
      name: 'ApplyDataSources',
      outcome: 'caught',
      failure: { error: 'Unhealthy', message: 'tempo does not answer' },
    });
    expect(failedStep(timeline)?.items.map(({ outcome }) => outcome)).toEqual(['aborted', 'failed']);
  });

  it('show the worst outcome of an item', () => {
    const history = new HistoryWriter().start();
    history.enter('Map', 'VerifySignals');
    const started = history.add('MapStateStarted', { mapStateStartedEventDetails: { length: 2 } });
    for (const [index, outcome] of ['passed', 'failed'].entries()) {
      const first = history.add(
        'MapIterationStarted',
        { mapIterationStartedEventDetails: { name: 'VerifySignals', index } },
        started,
      );
      history.add(
        'MapIterationSucceeded',
        { mapIterationSucceededEventDetails: { index } },
        history.task('VerifySignal', { outcome }, first),
      );
    }
    history.add('MapStateSucceeded');
    history.exit('Map', 'VerifySignals');
    expect(steps(history.events)[0]).toMatchObject({
      outcome: 'succeeded',
      change: 'failed',
      detail: '1 passed, 1 failed',
    });
  });

  it('are done without items when the list is empty', () => {
    const history = new HistoryWriter().start();
    history.enter('Map', 'ApplyAlerting');
    history.add('MapStateStarted', { mapStateStartedEventDetails: { length: 0 } });
    history.add('MapStateSucceeded');
    history.exit('Map', 'ApplyAlerting');
    history.add('ExecutionSucceeded');
    expect(steps(history.events)).toEqual([
      expect.objectContaining({ name: 'ApplyAlerting', outcome: 'succeeded', items: [], expectedItems: 0 }),
    ]);
  });

  it('separate the states of parallel branches from those after them', () => {
    const history = new HistoryWriter().start();
    history.enter('Parallel', 'Both');
    const started = history.add('ParallelStateStarted');
    const left = history.task('Left', { outcome: 'done' }, started);
    history.task('Right', { outcome: 'done' }, started);
    history.add('ParallelStateSucceeded', {}, left);
    history.exit('Parallel', 'Both');
    history.task('After', { outcome: 'done' });
    history.add('ExecutionSucceeded');
    expect(steps(history.events).map(({ name, outcome, items }) => [name, outcome, items.length])).toEqual([
      ['Both', 'succeeded', 2],
      ['After', 'succeeded', 0],
    ]);
  });
});
