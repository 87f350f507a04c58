import type { Report } from '../../../report';
import { nameOf, runToShow } from '../../page/runs';

const run = (name: string, outcome: Report['outcome'], error?: string): Report =>
  ({
    execution: `arn:aws:states:eu-west-1:000000000000:execution:stack-setup:${name}`,
    outcome,
    ...(error !== undefined && { failure: { error, message: 'because' } }),
  }) as Report;

describe('the run that the page shows by itself', () => {
  it.each([
    ['the newest', [run('b', 'succeeded'), run('a', 'failed', 'Broken')], 'b'],
    ['not one that was refused the lock', [run('b', 'failed', 'SetupAlreadyRunning'), run('a', 'succeeded')], 'a'],
    ['the lock’s holder, while one is about to be refused', [run('b', 'running'), run('a', 'running')], 'a'],
    ['not a look of sls diff', [run('diff-b', 'failed', 'DriftFound'), run('a', 'succeeded')], 'a'],
    ['not a look of sls diff that runs', [run('diff-b', 'running'), run('a', 'succeeded')], 'a'],
    ['a refused one where there is no other', [run('a', 'failed', 'SetupAlreadyRunning')], 'a'],
  ])('is %s', (_, newestFirst, shown) => {
    expect(nameOf(runToShow(newestFirst) as Report)).toBe(shown);
  });

  it('is none before the first', () => expect(runToShow([])).toBeUndefined());
});
