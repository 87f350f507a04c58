/**
 * More than any answer that the steps ask for (a page of an execution's history is the largest), and little enough for
 * a function's 256 MB, parsed too.
 */
const LIMIT = 32 * 1024 * 1024;

/** The whole of a body. Throws RangeError as soon as it is over the limit; the rest is not read. */
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
