import { backends } from '../../local/engines';
import { isHere } from '../../local/tests/engines/contract/support/engine';
import { rehearse } from '../helpers/rehearse';

/**
 * The whole life of the stack (deploy, setup with all its checks, tester, setup again unchanged, remove, nothing left)
 * over the real engines that this machine has, started as the task definitions start them.
 */
const names = ['loki', 'prometheus', 's3', 'tempo', 'grafana'] as const;
const here = names.filter(isHere);
const missing = names.filter((name) => !isHere(name)).map((name) => backends[name].title);
if (missing.length > 0)
  process.stderr.write(`Stand-ins take the place of ${missing.join(' and ')} in the rehearsal: they are not here.\n`);

(here.length > 0 ? it : it.skip)(
  `rehearses the whole life with ${here.map((name) => backends[name].title).join(', ')}`,
  async () => {
    const output = await rehearse({ LOCAL_BACKENDS: '' });
    expect(output).toContain('0 failed');
  },
  15 * 60_000,
);
