import { isDeepStrictEqual } from 'node:util';
import type { Template } from '../serverless';

export interface TemplateChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** `Resources.LokiService`, `Outputs.ServiceUrl`. */
  readonly what: string;
  /** `AWS::ECS::Service`. */
  readonly type?: string;
  /** What of it differs: `Properties.DesiredCount`. */
  readonly members: readonly string[];
}

/**
 * The changes of an update from one template to another. A function's code location contains the time of packaging and
 * always differs, so `codeOf` returns the hash of the code instead; undefined when it is not known.
 */
export function diffTemplates(
  before: Template,
  after: Template,
  codeOf: (logicalId: string, side: 'before' | 'after') => string | undefined = () => undefined,
): readonly TemplateChange[] {
  const sections = ['Resources', 'Outputs', 'Mappings', 'Conditions', 'Parameters'] as const;
  return sections.flatMap((section) => {
    const [old, now] = [membersOf(before, section), membersOf(after, section)];
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].toSorted();
    return names.flatMap((name): readonly TemplateChange[] => {
      const what = `${section}.${name}`;
      const [was, is] = [withCode(old[name], codeOf(name, 'before')), withCode(now[name], codeOf(name, 'after'))];
      const type = typeOf(is ?? was);
      if (was === undefined) return [{ change: 'added', what, ...type, members: [] }];
      if (is === undefined) return [{ change: 'removed', what, ...type, members: [] }];
      if (isDeepStrictEqual(was, is)) return [];
      return [{ change: 'changed', what, ...type, members: differences(was, is) }];
    });
  });
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(template: Template, section: string): Members {
  // Compared as JSON, as CloudFormation gets it: undefined members are no difference.
  const found: unknown = (JSON.parse(JSON.stringify(template)) as Members)[section];
  return isRecord(found) ? found : {};
}

function withCode(resource: unknown, code: string | undefined): unknown {
  if (!isRecord(resource) || resource['Type'] !== 'AWS::Lambda::Function' || !isRecord(resource['Properties']))
    return resource;
  return { ...resource, Properties: { ...resource['Properties'], Code: code ?? 'not compared' } };
}

function typeOf(value: unknown): { readonly type?: string } {
  return isRecord(value) && typeof value['Type'] === 'string' && value['Type'].includes('::')
    ? { type: value['Type'] }
    : {};
}

/** Paths that differ, down to the third level: `Properties.Environment.Variables`. */
function differences(was: unknown, is: unknown, path: readonly string[] = []): readonly string[] {
  if (!isRecord(was) || !isRecord(is) || path.length === 3) return [path.join('.') || 'value'];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted();
  return names.flatMap((name) =>
    isDeepStrictEqual(was[name], is[name]) ? [] : differences(was[name], is[name], [...path, name]),
  );
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
