import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { AwsError } from '../../kernel/contracts';

/** A deployment package on disk. */
export interface FunctionCode {
  readonly directory: string;
  /** Base64, as `CodeSha256` in GetFunction. */
  readonly sha256: string;
  readonly size: number;
}

/** Lambda's quota for the unzipped package, layers included. */
const UNZIPPED_LIMIT = 262_144_000;

/**
 * Unpacks a zip below `root`, in a folder named by its hash: the same code is unpacked once.
 * Throws InvalidParameterValueException for what Lambda refuses: no zip, an entry outside the package, over 250 MB.
 */
export async function unpackFunctionCode(zip: Buffer, root: string): Promise<FunctionCode> {
  const hash = createHash('sha256').update(zip).digest();
  const code = {
    directory: path.join(root, hash.toString('hex').slice(0, 32)),
    sha256: hash.toString('base64'),
    size: zip.length,
  };
  const staging = await stage(code.directory, readEntries(zip));
  await settle(staging, code.directory);
  return code;
}

/**
 * Inline code (`Code.ZipFile`): CloudFormation stores the text as index.mjs or index.js by its syntax; here index.js.
 */
export async function writeInlineCode(text: string, root: string): Promise<FunctionCode> {
  const hash = createHash('sha256').update(text).digest();
  const directory = path.join(root, hash.toString('hex').slice(0, 32));
  const staging = await stage(directory, new Map([['index.js', Buffer.from(text)]]));
  await settle(staging, directory);
  return { directory, sha256: hash.toString('base64'), size: Buffer.byteLength(text) };
}

function readEntries(zip: Buffer): Map<string, Uint8Array> {
  const entries = unzip(zip);
  if (entries.size > 0) return entries;
  throw new AwsError('InvalidParameterValueException', 'Uploaded file must be a non-empty zip');
}

function unzip(zip: Buffer): Map<string, Uint8Array> {
  let unpacked = 0;
  try {
    const entries = unzipSync(zip, {
      filter: (entry) => {
        unpacked += entry.originalSize;
        if (unpacked > UNZIPPED_LIMIT)
          throw new RangeError(`Unzipped size must be smaller than ${UNZIPPED_LIMIT} bytes`);
        return !entry.name.endsWith('/');
      },
    });
    return new Map(Object.entries(entries));
  } catch (error) {
    const reason =
      error instanceof RangeError
        ? error.message
        : 'Could not unzip uploaded file. Please check your file, then try to upload again.';
    throw new AwsError('InvalidParameterValueException', reason);
  }
}

async function stage(directory: string, entries: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const staging = `${directory}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  for (const [name, content] of entries) {
    const file = path.join(staging, name);
    if (!file.startsWith(staging + path.sep)) {
      throw new AwsError('InvalidParameterValueException', `The zip has an entry outside of the package: ${name}`);
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await mkdir(staging, { recursive: true });
  return staging;
}

/** Publishes the folder by an atomic rename. If another call has already done so, its own folder is deleted. */
async function settle(staging: string, directory: string): Promise<void> {
  try {
    await rename(staging, directory);
  } catch {
    await rm(staging, { recursive: true, force: true });
  }
}
