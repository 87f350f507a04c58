import type { Values } from './parameters';

/** What contradicts itself in the parameters that say who can log in, a sentence each. */
export function loginErrors(values: Values): readonly string[] {
  return rolesGivenTwice(values);
}

/** A person or group has one role in a workspace. */
function rolesGivenTwice(values: Values): readonly string[] {
  const seen = new Map<string, string>();
  const errors: string[] = [];
  for (const name of ['grafanaAdmins', 'grafanaEditors', 'grafanaViewers']) {
    for (const item of itemsOf(values[name])) {
      const id = item.replace(/^(user|group):/, '').toLowerCase();
      const other = seen.get(id);
      if (other === undefined) seen.set(id, name);
      else if (other !== name)
        errors.push(`"${item}" is in "${other}" and in "${name}": give each user and group one role.`);
      else errors.push(`Parameter "${name}" has "${item}" twice, with and without "user:" or "group:".`);
    }
  }
  return errors;
}

function itemsOf(value: unknown): readonly string[] {
  return String(value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
