import { rehearse } from '../helpers/rehearse';

/**
 * The whole life of the stack by the README's commands, without engines; `npm run test:real` runs it with the engines.
 */
it.each([
  ['as Amazon Managed Grafana is known to answer', {}],
  ['where the workspace refuses every route without evidence', { LOCAL_AMG: 'strict' }],
])(
  'deploys, tests, sets up again unchanged and removes the stack, and leaves nothing, %s',
  async (_name, frontEnd) => {
    const output = await rehearse({ LOCAL_BACKENDS: 'standin', ...frontEnd });
    expect(output).toMatch(
      /setup succeeded[\s\S]*6 of 6 calls as expected[\s\S]*setup succeeded[\s\S]*teardown succeeded/,
    );
    expect(output).toMatch(/JudgeResults .* 0 failed/);
    // The line is truncated at the terminal's width.
    expect(output).toMatch(/GrantAccess .*added.*group \S+ as ADMIN, user \S+ as EDITOR, user \S+ as V/);
    expect(output).toContain('ok      access as the parameters say');
    expect(output).toMatch(
      /GrantAccess .*unchanged: by Identity Center 1 group as ADMIN, 1 user as EDITOR, 1 user as VIEWER/,
    );
    expect(output).toMatch(
      /"write the first object" in Grafana: http:\/\/127\.0\.0\.1:\d+\/explore\?schemaVersion=1&panes=/,
    );
    expect(output).toContain('ok      nothing left in the cloud');
  },
  300_000,
);
