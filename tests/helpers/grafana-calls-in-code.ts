import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..', 'functions');

/**
 * A call of Grafana's API as it is written in the code: `GET /api/folders/*`, where `*` stands for an inserted value.
 */
export interface GrafanaCall {
  readonly route: string;
  /** Below functions/. */
  readonly file: string;
}

/** Every `grafana.request(…)` of the steps. Throws for a path that it cannot resolve, so that no call is missed. */
export function grafanaCallsInCode(): readonly GrafanaCall[] {
  const files = readdirSync(root, { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith('.ts') && !file.startsWith('adapters'))
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return [...text.matchAll(/grafana\.request\(/g)].flatMap(({ index }) => {
        const [, method = '', written] = /^grafana\.request\(\s*'([A-Z]+)',\s*([^,)\s]+)/.exec(text.slice(index)) ?? [];
        if (written === undefined) throw new Error(`${file} asks Grafana in a way that cannot be read`);
        return pathsOf(text.slice(0, index), written).map((found) => ({ route: `${method} ${found}`, file }));
      });
    });
}

/** The paths of a literal, or those of the last constant of that name before the call. */
function pathsOf(before: string, written: string): readonly string[] {
  if (/^['`]/.test(written)) return [filled(written)];
  const [, value = ''] = [...before.matchAll(new RegExp(`const ${written} =\\s*([^;]+);`, 'g'))].at(-1) ?? [];
  const literals = [...value.matchAll(/'[^']*\/[^']*'|`[^`]*`/g)].map(([found]) => found);
  if (literals.length === 0) throw new Error(`cannot tell what path ${written} is`);
  return literals.map(filled);
}

function filled(literal: string): string {
  const [path = ''] = literal.slice(1, -1).split('?');
  return path.replaceAll('${PROVISIONING}', '/api/v1/provisioning').replace(/(\$\{[^}]*\})+/g, '*');
}
