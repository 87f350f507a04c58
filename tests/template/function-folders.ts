import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..', 'functions');

/** The folders under functions/ that hold a function. */
export function functionFolders(): readonly string[] {
  return readdirSync(root).filter((folder) => existsSync(path.join(root, folder, 'handler.ts')));
}
