import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const config = join(__dirname, '../../../../resources/config');
const program = readFileSync(join(config, 'render.js'), 'utf8');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'render-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/**
 * Runs the program as the task definition does: its text is an argument of node, with only the container's environment.
 */
function render(env: Record<string, string>): { status: number | null; stderr: string; stdout: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['-e', program], {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stderr, stdout };
}
const file = (name: string): string => readFileSync(join(directory, name), 'utf8');

describe('render', () => {
  it('replaces variables and defaults in texts and in paths', () => {
    const files = { '${CONFIG}/a.yaml': 'a: ${A}\nb: ${B:-two}\nc: ${C:-three}\nd: "${EMPTY}"\n' };
    const { status } = render({ CONFIG: directory, A: 'one', C: '3', EMPTY: '', FILES: JSON.stringify(files) });
    expect(status).toBe(0);
    expect(file('a.yaml')).toBe('a: one\nb: two\nc: 3\nd: ""\n');
  });

  it('inserts a value unchanged, whatever it contains', () => {
    render({ A: '$& ${B} $1', FILES: JSON.stringify({ [`${directory}/a`]: '${A}' }) });
    expect(file('a')).toBe('$& ${B} $1');
  });

  it('makes directories', () => {
    const { status } = render({ DATA: `${directory}/x`, DIRECTORIES: '["${DATA}/y/z"]' });
    expect(status).toBe(0);
    expect(readdirSync(join(directory, 'x/y'))).toEqual(['z']);
  });

  it('names the missing variable and its file, and writes nothing', () => {
    const files = { [`${directory}/good`]: 'fine', [`${directory}/bad`]: '${NO_SUCH}' };
    const { status, stderr } = render({ FILES: JSON.stringify(files) });
    expect(status).toBe(1);
    expect(stderr).toBe(`render: ${directory}/bad wants the environment variable NO_SUCH, which is not set\n`);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    [{ FILES: '{' }, /FILES is not JSON/],
    [{ FILES: '{"/x":"${TASK_ID}"}' }, /there is no task metadata endpoint/],
    [{ FILES: '{"/x":"${TASK_ID}"}', ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9' }, /render: /],
    [{ FILES: '{"/dev/null/a":"x"}' }, /render: E(NOTDIR|EXIST)/],
  ])('ends with 1 and one line for %j', (env, reason) => {
    const { status, stderr } = render(env);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('asks the task metadata endpoint for the task id', async () => {
    const asked: (string | undefined)[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(request.url);
      response.end(JSON.stringify({ TaskARN: 'arn:aws:ecs:eu-west-1:123456789012:task/cluster/0123abcd' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, ['-e', program], {
      env: {
        FILES: JSON.stringify({ [`${directory}/a`]: 'task: ${TASK_ID}' }),
        ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/x`,
      },
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    server.close();
    expect(asked).toEqual(['/v4/x/task']);
    expect(file('a')).toBe('task: 0123abcd');
  });

  (process.getuid?.() === 0 ? it : it.skip)('gives files and directories to their owner when it is root', () => {
    render({
      OWNER: '10001:10002',
      DIRECTORIES: JSON.stringify([`${directory}/data`]),
      FILES: JSON.stringify({ [`${directory}/etc/a`]: '' }),
    });
    const owners = spawnSync('stat', ['-c', '%u:%g', `${directory}/data`, `${directory}/etc`, `${directory}/etc/a`], {
      encoding: 'utf8',
    });
    expect(owners.stdout.trim().split('\n')).toEqual(['10001:10002', '10001:10002', '10001:10002']);
  });
});

describe.each(['loki', 'tempo', 'prometheus', 'otelcol', 'scraper'])('%s.yaml', (name) => {
  const text = readFileSync(join(config, `${name}.yaml`), 'utf8');
  const [header = ''] = text.split(/^[^#]/m);
  const body = text.slice(header.length);
  const wanted = new Set([...body.matchAll(/\$\{(\w+)/g)].map(([, variable]) => variable));

  it('lists in its header exactly the variables that it uses', () => {
    const listed = [...header.matchAll(/^# {3}([A-Z0-9_]+) {2,}/gm)].map(([, variable]) => variable);
    expect(listed.sort()).toEqual([...wanted].sort());
  });

  it('is YAML once it is rendered, without a variable left', () => {
    const env = Object.fromEntries(
      [...wanted].map((variable) => [variable ?? '', /PORT/.test(variable ?? '') ? '4000' : 'x']),
    );
    const { status } = render({ ...env, FILES: JSON.stringify({ [join(directory, name)]: body }) });
    expect(status).toBe(0);
    expect(() => parse(file(name))).not.toThrow();
    expect(file(name)).not.toContain('${');
  });
});
