import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { plannedStates } from '../../../report';

const definitionOf = (machine: string): unknown =>
  parse(
    readFileSync(join(__dirname, `../../../statemachines/${machine}.asl.yaml`), 'utf8').replace(
      /"?\$\{param:waitSeconds\}"?/g,
      '1',
    ),
    { merge: true },
  );

it('plans every state of a setup up to its report, without the waits of its loops and without the drill', () => {
  const planned = plannedStates(definitionOf('setup'));
  expect(planned.slice(0, 5)).toEqual(['TakeLock', 'PlanSetup', 'StartServices', 'AttachTester', 'AwaitServices']);
  expect(planned.slice(-4)).toEqual(['VerifySignals', 'JudgeResults', 'CloseAccess', 'PublishReport']);
  expect(planned).not.toContain('ProvokeErrors');
  expect(planned).not.toContain('RecordFailure');
});

it('plans a teardown to its last bucket', () => {
  expect(plannedStates(definitionOf('teardown'))).toEqual([
    'TakeLock',
    'ExportContent',
    'DeleteWorkspace',
    'PauseAutomation',
    'DetachTester',
    'StopServices',
    'CheckDeletion',
    'EmptyBuckets',
    'CloseAccess',
    'PublishReport',
    'EmptyAuditBucket',
  ]);
});

it('reads JSON text, and plans nothing for other input', () => {
  const machine = { StartAt: 'A', States: { A: { Type: 'Task', Next: 'B' }, B: { Type: 'Map', End: true } } };
  expect(plannedStates(JSON.stringify(machine))).toEqual(['A', 'B']);
  for (const odd of [undefined, '', '{', {}, { StartAt: 'A' }]) expect(plannedStates(odd)).toEqual([]);
});
