import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './npm-start';

/**
 * A checkout of this repository with a second local stage. As a user would, it adds a line to serverless.yml that gives
 * the stage the parameters of `local`. Its ports come from the environment, as those of `local` do. `home` and
 * `temporary` are the directories of its processes.
 */
export async function checkoutWithStage(stage: string) {
  const outer = await mkdtemp(join(tmpdir(), 'checkout-'));
  const [directory, home, temporary] = ['checkout', 'home', 'temporary'].map((name) => join(outer, name)) as [
    string,
    string,
    string,
  ];
  await Promise.all([directory, home, temporary].map((each) => mkdir(each)));
  for (const name of await readdir(root)) {
    if (!name.startsWith('.') && name !== 'serverless.yml') await symlink(join(root, name), join(directory, name));
  }
  const text = await readFile(join(root, 'serverless.yml'), 'utf8');
  const local = '  local: ${file(params/index.js):local}\n';
  if (!text.includes(local)) throw new Error('serverless.yml has no parameters of stage local');
  await writeFile(join(directory, 'serverless.yml'), text.replace(local, `${local}${local.replace('local', stage)}`));
  return { outer, directory, home, temporary, remove: () => rm(outer, { recursive: true, force: true }) };
}
