import type { Json } from '../../kernel/contracts';
import { isJsonObject } from '../cfn-values';
import type { ResourceTemplate, Template } from './template';
import { formatError } from './validation-error';

/** The dependencies of each resource, from its references and DependsOn; only resources that are created count. */
export type Dependencies = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The dependencies among a template's resources. Throws ValidationError for unresolved references and circular
 * dependencies. `included` has the resources whose conditions are true.
 */
export function findDependencies(template: Template, included: ReadonlySet<string>): Dependencies {
  const known = new Set([...template.resources.keys(), ...Object.keys(template.parameters)]);
  const dependencies = new Map<string, ReadonlySet<string>>();
  for (const resource of template.resources.values()) {
    const named = references(resource);
    const unresolved = [...named].filter((name) => !known.has(name) && !name.startsWith('AWS::'));
    if (unresolved.length > 0) {
      throw formatError(
        `Unresolved resource dependencies [${unresolved.join(', ')}] in the Resources block of the template (${resource.logicalId})`,
      );
    }
    if (!included.has(resource.logicalId)) continue;
    dependencies.set(resource.logicalId, new Set([...named].filter((name) => included.has(name))));
  }
  checkCircles(dependencies);
  return dependencies;
}

/** Logical ids and parameters that a value refers to; both branches of Fn::If count, as on AWS. */
export function referencesIn(value: Json): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, new Set(), found);
  return found;
}

function references(resource: ResourceTemplate): ReadonlySet<string> {
  return new Set([...referencesIn(resource.properties), ...resource.dependsOn]);
}

function collect(value: Json, local: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, local, found);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, member = null] of Object.entries(value)) {
    if (name === 'Ref' && typeof member === 'string') found.add(member);
    else if (name === 'Fn::GetAtt') found.add(String(Array.isArray(member) ? member[0] : String(member).split('.')[0]));
    else if (name === 'Fn::Sub') collectSub(member, local, found);
    else collect(member, local, found);
  }
}

function collectSub(argument: Json, local: ReadonlySet<string>, found: Set<string>): void {
  const [text = '', variables = {}] = Array.isArray(argument) ? argument : [argument];
  collect(variables, local, found);
  const own = new Set([...local, ...(isJsonObject(variables) ? Object.keys(variables) : [])]);
  for (const [, inner = ''] of String(text).matchAll(/\$\{([^}!][^}]*)\}/g)) {
    const name = inner.trim();
    if (own.has(name) || name.startsWith('AWS::')) continue;
    found.add(name.split('.')[0] ?? name);
  }
}

function checkCircles(dependencies: Dependencies): void {
  const done = new Set<string>();
  const visit = (name: string, chain: readonly string[]): void => {
    if (done.has(name)) return;
    if (chain.includes(name)) {
      throw formatError(`Circular dependency between resources: [${chain.slice(chain.indexOf(name)).join(', ')}]`);
    }
    for (const next of dependencies.get(name) ?? []) visit(next, [...chain, name]);
    done.add(name);
  };
  for (const name of dependencies.keys()) visit(name, []);
}
