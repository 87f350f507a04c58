import { HistoryWriter } from './history-writer';

/** A successful setup up to `PublishReport`, with a wait, a retry and two checks with these outcomes. */
export function goodSetup(
  [first, second]: readonly [string, string] = ['passed', 'passed'],
  mode = 'apply',
): HistoryWriter {
  const history = new HistoryWriter().start({ mode });
  history.task('TakeLock', { outcome: 'done', detail: 'no other run holds the lock' });
  history.task('PlanSetup', { outcome: 'done', detail: '2 data sources, 2 checks' });
  history.task('AwaitServices', {
    outcome: 'done',
    detail: 'data-processor 2/2, loki 1/1, tempo 1/1',
    status: 'READY',
  });
  history.task('CreateWorkspace', { outcome: 'added', detail: 'workspace g-abc1234567', workspaceId: 'g-abc1234567' });
  for (let look = 0; look < 3; look += 1) {
    history.task('CheckWorkspace', { outcome: 'pending', detail: 'workspace is CREATING', status: 'PENDING' });
    history.enter('Wait', 'WaitForWorkspace');
    history.wait(12).exit('Wait', 'WaitForWorkspace');
  }
  history.task('CheckWorkspace', { outcome: 'done', detail: 'workspace is ACTIVE, Grafana 12.4', status: 'READY' });
  history.enter('Task', 'ConfigureWorkspace');
  history.failedTry('ThrottlingException', 'Rate exceeded');
  history.wait(2).add('TaskScheduled');
  history.add('TaskSucceeded', {
    taskSucceededEventDetails: { output: '{"Payload":{"outcome":"updated","detail":"unified alerting on"}}' },
  });
  history.exit('Task', 'ConfigureWorkspace');
  map(history, 'ApplyDataSources', 'ApplyDataSource', [
    { name: 'AWS Managed Prometheus', outcome: 'added', detail: 'health: OK' },
    { name: 'Loki', outcome: 'unchanged', detail: 'health: OK' },
  ]);
  history.task('GenerateTraffic', { outcome: 'passed', detail: '6 of 6 calls as expected', calls: calls() });
  map(history, 'VerifySignals', 'VerifySignal', [
    {
      name: 'traces',
      outcome: first,
      detail: '6 traces in Tempo',
      checks: [check('HTTP span', first)],
    },
    {
      name: 'metrics',
      outcome: second,
      detail: 'each of 6 calls counted',
      checks: [{ name: 'POST /data 201', outcome: second, expected: 2, actual: 2 }],
    },
  ]);
  history.task('CloseAccess', { outcome: 'done', detail: 'no token left' });
  return history;
}

/** A setup whose check failed: caught, access closed, recorded, FAILED. */
export function failedSetup(
  message = 'No trace of call createFirst in Tempo after 60 s. Look at the log group /ecs/stack/tempo.',
): HistoryWriter {
  const history = new HistoryWriter().start();
  history.task('TakeLock', { outcome: 'done', detail: 'no other run holds the lock' });
  history.enter('Task', 'VerifySignals');
  history.failedTry('SignalsMissing', message);
  history.exit('Task', 'VerifySignals');
  history.task('CloseAccessAfterFailure', { outcome: 'done', detail: 'no token left' });
  history.task('RecordFailure', { outcome: 'done', location: 's3://audit-bucket/setup/report.html' });
  history.enter('Fail', 'Fail');
  history.add('ExecutionFailed', {
    executionFailedEventDetails: { error: 'SignalsMissing', cause: `VerifySignals: ${message}` },
  });
  return history;
}

/** A Map with one task per item, items in sequence. */
function map(history: HistoryWriter, name: string, inner: string, payloads: readonly unknown[]): void {
  history.enter('Map', name);
  const started = history.add('MapStateStarted', { mapStateStartedEventDetails: { length: payloads.length } });
  payloads.forEach((payload, index) => {
    const first = history.add('MapIterationStarted', { mapIterationStartedEventDetails: { name, index } }, started);
    const last = history.task(inner, payload, first);
    history.add('MapIterationSucceeded', { mapIterationSucceededEventDetails: { name, index } }, last);
  });
  history.add('MapStateSucceeded');
  history.exit('Map', name);
}

/** A verdict as VerifySignal writes it into the state: query, expected and found values, link to the evidence. */
function check(name: string, outcome: string): unknown {
  return {
    name,
    outcome,
    query: '{ trace:id = "4bf92f3577b34da6a3ce929d0e0e4736" } | select(span.http.request.method, span.http.route)',
    expected: 'the trace of each call with its HTTP and S3 spans',
    found: '6 traces, 18 spans',
    after: 1240,
    looks: 3,
    evidence: 's3://audit-bucket/runs/run-1/evidence/traces.json',
  };
}

function calls(): readonly unknown[] {
  const call = (name: string, method: string, path: string, status: number) => ({
    name,
    method,
    path,
    expectedStatus: status,
    actualStatus: status,
    passed: true,
    durationMs: 12,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  return [
    call('createFirst', 'POST', '/data', 201),
    call('createSecond', 'POST', '/data', 201),
    call('readFirst', 'GET', '/data/tester/run/1', 200),
    call('readSecond', 'GET', '/data/tester/run/2', 200),
    call('readMissing', 'GET', '/data/tester/run/none', 404),
    call('createBroken', 'POST', '/data', 400),
  ];
}
