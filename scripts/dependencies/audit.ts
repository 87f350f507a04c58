import { execFile } from 'node:child_process';

export type Audit =
  | { readonly ran: true; readonly findings: readonly Finding[] }
  | { readonly ran: false; readonly reason: string };

export interface Finding {
  readonly name: string;
  readonly severity: 'high' | 'critical';
  /** The affected version range. */
  readonly range: string;
  readonly titles: readonly string[];
}

/**
 * The known vulnerabilities of the locked packages, by `npm audit`. Counts as not run when the registry's endpoint does
 * not answer.
 */
export function audit(root: string, command = 'npm'): Promise<Audit> {
  return new Promise((resolve) => {
    // npm's exit code is not 0 both for findings and for failures. Its output distinguishes them.
    execFile(command, ['audit', '--json'], { cwd: root, maxBuffer: 64 << 20, timeout: 120_000 }, (error, stdout) =>
      resolve(readAudit(stdout, error?.message)),
    );
  });
}

/** `stdout` is the JSON of `npm audit --json`: a report, or what went wrong. */
export function readAudit(stdout: string, otherwise = 'npm wrote nothing'): Audit {
  const report = parse(stdout);
  if (report?.vulnerabilities === undefined) {
    const said = report?.error?.summary || report?.message || otherwise;
    // The first line without the URL: the registry's address must not be printed.
    return { ran: false, reason: (said.split('\n')[0] ?? '').replace(/ - \w+ https?:\S+/, '').slice(0, 200) };
  }
  const findings = Object.values(report.vulnerabilities).flatMap(({ name, severity, range, via }): Finding[] =>
    severity === 'high' || severity === 'critical'
      ? [{ name, severity, range, titles: via.map((each) => (typeof each === 'string' ? `by ${each}` : each.title)) }]
      : [],
  );
  return { ran: true, findings };
}

interface Report {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  readonly via: readonly (string | { readonly title: string })[];
}

function parse(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}
