import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files below a directory that contain one of the texts. */
export async function filesWith(directory: string, texts: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const content = await readFile(file, 'latin1').catch(() => '');
    if (texts.some((text) => content.includes(text))) found.push(file);
  }
  return found;
}
