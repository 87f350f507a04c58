import { grafanaCallsInCode } from '../../helpers/grafana-calls-in-code';
import { callsOfFunction } from '../../template/calls-in-code';
import { functionFolders } from '../../template/function-folders';
import { awsForGood, awsOnce, grafanaForGood, grafanaOnce } from '../expected/control-plane';
import { laterAwsForGood, laterAwsOnce, laterGrafanaForGood, laterGrafanaOnce } from '../expected/later-calls';

/** These tests fail for a new call in the code that has no fault yet. */
const pascal = (folder: string) => folder.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

/** Steps whose calls are not tested in a whole run of the state machine, and the tests that cover them. */
const elsewhere: Readonly<Record<string, string>> = {
  MeasureServices: 'is no step: `sls services` invokes it, tests/unit/functions/measure-services.test.ts',
  VerifySignal:
    'needs the engines: a look that failed is repeated until its deadline, tests/unit/functions/domain/checks',
  WatchAlert: 'runs in a drill only: tests/unit/functions/domain and the rehearsal of the drill',
};

/** The stack of the machines' tests has no ECS service to compare; AwaitServices breaks the same call. */
const notCompared: ReadonlySet<string> = new Set(['CompareStack DescribeServices']);

/** Called only after a refused write, to name the conflicting item: tests/statemachine/conflicts.test.ts. */
const inConflict: ReadonlySet<string> = new Set([
  'apply-dashboard/apply-dashboard.ts GET /api/search',
  'apply-data-source/apply-data-source.ts GET /api/datasources',
  'domain/folder.ts GET /api/search',
  'domain/alerting/rules.ts GET /api/v1/provisioning/alert-rules',
]);

it.each(functionFolders())('breaks every AWS call of %s, once and for good', (folder) => {
  const step = pascal(folder);
  const made = callsOfFunction(folder).map((call) => call.split(':')[1] ?? call);
  const broken = (faults: readonly { readonly operation: string; readonly step: string }[]) =>
    new Set(faults.filter((fault) => fault.step === step).map(({ operation }) => operation));
  const once = broken([...awsOnce, ...laterAwsOnce]);
  const forGood = broken([...awsForGood, ...laterAwsForGood]);
  const missing = made.filter(
    (operation) => !notCompared.has(`${step} ${operation}`) && (!once.has(operation) || !forGood.has(operation)),
  );
  expect(step in elsewhere ? [] : missing).toEqual([]);
});

it('breaks every Grafana call of the steps, once and for good', () => {
  const fits = (route: string, call: string) =>
    new RegExp(`^${route.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(call.replaceAll('*', 'loki'));
  const isBroken = (call: string, faults: readonly { readonly route: string }[]) =>
    faults.some(({ route }) => fits(route, call));
  // A refused annotation fails no run, once or for good: tests/statemachine/setup.test.ts.
  const calls = grafanaCallsInCode().filter(
    ({ file, route }) =>
      !/^(domain\/(checks|queries)|watch-alert|apply-dashboard\/mark-setup\.ts)/.test(file) &&
      !inConflict.has(`${file} ${route}`),
  );
  const missing = calls.filter(({ route }) => !isBroken(route, [...grafanaOnce, ...laterGrafanaOnce]));
  expect(missing).toEqual([]);
  // A data source's health is polled until its own deadline of a minute.
  const bounded = /^GET \/api\/(datasources\/(uid\/\*\/health|proxy\/))/;
  const notForGood = calls.filter(
    ({ route }) => !bounded.test(route) && !isBroken(route, [...grafanaForGood, ...laterGrafanaForGood]),
  );
  expect(notForGood).toEqual([]);
});
