import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../../../local/kernel/contracts';
import { packageTemplates } from '../../../scripts/template/package-templates';

/** The template properties of a machine that give its definition. */
interface Packaged {
  readonly Definition: JsonObject;
  readonly DefinitionSubstitutions: Readonly<
    Record<string, { readonly Ref?: string; readonly 'Fn::GetAtt'?: string[] }>
  >;
}

export type MachineName = 'setup' | 'teardown';

/** The properties that give a machine's definition, with the ARNs of these functions. */
export type Definitions = (machine: MachineName, functionArn: (name: string) => string) => JsonObject;

/**
 * The definitions as `sls package --stage local` writes them, with the stage's parameters and the template's function
 * names. Shares the package of the template tests, so that packaging runs only once.
 */
export async function packagedDefinitions(): Promise<Definitions> {
  const { local = '' } = await packageTemplates([{ name: 'local', stage: 'local' }]);
  const { Resources } = JSON.parse(await readFile(local, 'utf8')) as {
    readonly Resources: Readonly<Record<string, { readonly Properties: Packaged }>>;
  };
  return (machine, functionArn) => {
    const logicalId = machine === 'setup' ? 'SetupStateMachine' : 'TeardownStateMachine';
    const packaged = Resources[logicalId]?.Properties;
    if (packaged === undefined) throw new Error(`The template has no ${logicalId}.`);
    const { Definition, DefinitionSubstitutions: given } = packaged;
    const values = Object.entries(given).map(([name, value]) => {
      const [, first = '', rest = ''] = /^(\w)(\w+)LambdaFunction$/.exec(value['Fn::GetAtt']?.[0] ?? '') ?? [];
      return [name, value.Ref === 'AWS::Partition' ? 'aws' : functionArn(`${first.toLowerCase()}${rest}`)];
    });
    return { Definition, DefinitionSubstitutions: Object.fromEntries(values) };
  };
}
