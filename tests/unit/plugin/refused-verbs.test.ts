import type { Context } from '../../../plugin/context';
import { assertNotRefused, refusedVerbs } from '../../../plugin/refused-verbs';
import { documents } from '../docs/documents';

/**
 * The framework's verbs that need a service; the others have nothing to do with this one. Without a plugin for HTTP
 * tests the framework does not know `test`.
 */
const schema = require('serverless/lib/cli/commands-schema/aws-service') as Map<
  string,
  { readonly serviceDependencyMode?: string }
>;
const verbs = [...schema]
  .filter(([name, { serviceDependencyMode }]) => serviceDependencyMode === 'required' && name !== 'test')
  .map(([name]) => name);
const operations = documents.find(({ file }) => file === 'docs/operations.md')?.text ?? '';
const rows = [...operations.matchAll(/^\| `([a-z ]+)` \| (works|refused) \| (works|refused) \|(.*)\|$/gm)].map(
  ([, verb = '', local, aws, note = '']) => ({ verb, local, aws, note }),
);

const contextAt = (endpoint: URL | undefined) =>
  ({ endpoint, command: (line: string) => `npx sls ${line} --stage x` }) as unknown as Context;

it('has a row for each verb of the framework', () => {
  expect(rows.map(({ verb }) => verb)).toEqual([...verbs].sort());
});

it.each(rows)('does with "$verb" what its row says', ({ verb, local, aws, note }) => {
  const refusedAt = (endpoint: URL | undefined): string | undefined => {
    try {
      assertNotRefused(contextAt(endpoint), verb);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const [expected, endpoint] of [
    [local, new URL('http://127.0.0.1:1')],
    [aws, undefined],
  ] as const) {
    const message = refusedAt(endpoint);
    expect(message === undefined ? 'works' : 'refused').toBe(expected);
    if (message === undefined) continue;
    const [instead = ''] = refusedVerbs[verb]?.instead.split(' <') ?? [];
    expect(message).toContain(`\`sls ${verb}\` does not work here`);
    expect(message).toContain(`\`npx sls ${instead}`);
    expect(note).toContain(`\`sls ${instead}\``);
  }
});
