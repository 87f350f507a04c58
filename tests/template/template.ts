import { readFileSync } from 'node:fs';
import { type VariantName, variantNames } from '../../scripts/template/variants';

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

export interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Properties;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Template {
  readonly variant: VariantName;
  /** Size of the uploaded file in bytes. */
  readonly bytes: number;
  readonly raw: { readonly [section: string]: { readonly [id: string]: Value } };
  readonly resources: readonly Resource[];
}

/** Path of a variant's packaged template, made by tests/template/global-setup.ts. */
export function templatePath(variant: VariantName): string {
  const paths = JSON.parse(process.env['PACKAGED_TEMPLATES'] ?? '{}') as Record<string, string>;
  const file = paths[variant];
  if (!file) throw new Error(`No packaged template "${variant}": run with jest --selectProjects template.`);
  return file;
}

export function template(variant: VariantName): Template {
  const text = readFileSync(templatePath(variant), 'utf8');
  const raw = JSON.parse(text) as Template['raw'];
  const resources = Object.entries(raw['Resources'] ?? {}).map(([id, resource]) => {
    const entry = resource as unknown as Omit<Resource, 'id'>;
    return { ...entry, id, Properties: entry.Properties ?? {}, DependsOn: [entry.DependsOn ?? []].flat() };
  });
  return { variant, bytes: Buffer.byteLength(text), raw, resources };
}

export const templates: readonly Template[] = variantNames.map(template);

export function ofType({ resources }: Template, type: string): readonly Resource[] {
  return resources.filter((resource) => resource.Type === type);
}

/** Fails with all offenders at once; each is described by a sentence. */
export function expectNone(offenders: readonly string[]): void {
  expect(offenders).toEqual([]);
}

/** `value` and every value inside it, each with its path. */
export function* walk(
  value: Value,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; value: Value }> {
  yield { path, value };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) yield* walk(item, [...path, key]);
}

/** The logical ids that a value refers to by Ref, Fn::GetAtt or Fn::Sub. */
export function references(value: Value): readonly string[] {
  const ids = new Set<string>();
  for (const { path, value: item } of walk(value)) {
    const key = path.at(-1);
    if (key === 'Ref' && typeof item === 'string') ids.add(item);
    if (key === 'Fn::GetAtt') ids.add(String(Array.isArray(item) ? item[0] : item).split('.')[0] ?? '');
    if (key === 'Fn::Sub') {
      const text = Array.isArray(item) ? String(item[0]) : String(item);
      const own = Array.isArray(item) ? Object.keys(item[1] ?? {}) : [];
      for (const [, id = ''] of text.matchAll(/\$\{([A-Za-z0-9:]+)(?:\.[A-Za-z0-9.]+)?\}/g)) {
        if (!own.includes(id)) ids.add(id);
      }
    }
  }
  return [...ids].filter((id) => !id.startsWith('AWS::'));
}

export function list(value: Value | undefined): readonly Properties[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Properties[];
}
