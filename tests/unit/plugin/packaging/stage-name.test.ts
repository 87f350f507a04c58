import { stageError } from '../../../../plugin/packaging/stage-name';

const check = (stage: string) => stageError(stage, 'grafana-observability', ['tester', 'configureWorkspace']);

it.each(['dev', 'pr-1234', 'x'.repeat(23)])('accepts stage %s', (stage) => {
  expect(check(stage)).toBeUndefined();
});

it('says how many letters a stage may have, and which name would be too long', () => {
  expect(check('x'.repeat(24))).toBe(
    `Stage "${'x'.repeat(24)}" has 24 letters; it may have 23. The name of a function may have 64, and grafana-observability-<stage>-configureWorkspace would be longer.`,
  );
});
