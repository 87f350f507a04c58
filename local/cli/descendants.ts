import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

/** The living descendants of a process, from `ps` (Linux and macOS), without `ps` itself and zombies. */
export async function descendantsOf(root: number): Promise<readonly Descendant[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  const processes = stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, state = '', command = '']) => ({ pid: Number(pid), parent: Number(parent), state, command }));
  const found: Descendant[] = [];
  const visit = (parent: number) => {
    for (const child of processes.filter((candidate) => candidate.parent === parent)) {
      if (!child.command.startsWith('ps -A') && !child.state.startsWith('Z')) {
        found.push({ pid: child.pid, command: child.command.slice(0, 120) });
      }
      visit(child.pid);
    }
  };
  visit(root);
  return found;
}
