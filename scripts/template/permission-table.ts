import { table } from './markdown';

export interface PermissionMap {
  readonly calls: Readonly<
    Record<string, { readonly needs?: readonly string[]; readonly source: string; readonly when?: string }>
  >;
  readonly functions: Readonly<Record<string, readonly string[]>>;
  readonly others: Readonly<Record<string, readonly string[]>>;
  readonly anyResource: Readonly<Record<string, string>>;
  readonly anyStage: Readonly<Record<string, string>>;
}

/** Every role of the template with the calls that it is for. */
export function roleTable({ functions, others }: PermissionMap): string {
  const rows = [...Object.entries(functions), ...Object.entries(others)].map(([role, calls]) => [
    role === 'everyFunction' ? 'every function' : `\`${role}\``,
    calls.map(named).join(', ') || '—',
  ]);
  return table(['role', 'calls'], rows);
}

/** Every call with the actions that it needs and where that is said. */
export function callTable({ calls }: PermissionMap): string {
  const rows = Object.entries(calls).map(([name, { needs, source, when }]) => [
    when ? `${named(name)} (with \`${when}\`)` : named(name),
    (needs ?? [name]).map((action) => `\`${action}\``).join(', '),
    source,
  ]);
  return table(['call', 'actions', 'source'], rows);
}

/** Every action that is granted on `*`, with the reason. */
export function anyResourceTable({ anyResource }: PermissionMap): string {
  return table(['actions on any resource', 'why'], reasons(anyResource));
}

/** Every action that is granted on other stages' resources too, with the reason. */
export function anyStageTable({ anyStage }: PermissionMap): string {
  return table(["actions on any stage's resources", 'why'], reasons(anyStage));
}

function reasons(map: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(map).map(([actions, reason]) => [
    actions
      .split(' ')
      .map((action) => `\`${action}\``)
      .join(', '),
    reason,
  ]);
}

function named(call: string): string {
  return /^[a-z0-9-]+:/.test(call) ? `\`${call}\`` : call;
}
