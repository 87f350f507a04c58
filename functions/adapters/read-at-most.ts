/**
 * Larger than any response that the steps read (the largest is a page of an execution's history), and small enough to
 * parse in a function's 256 MB.
 */
const LIMIT = 32 * 1024 * 1024;

/** Reads a whole body. Throws RangeError as soon as it is over the limit and reads no further. */
export async function readAtMost(body: AsyncIterable<Uint8Array>, limit = LIMIT): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`answered with more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
