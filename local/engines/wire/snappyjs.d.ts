declare module 'snappyjs' {
  export function compress(input: Buffer): Uint8Array;
  /** Throws when the uncompressed size is over `maxLength`. */
  export function uncompress(input: Buffer, maxLength?: number): Uint8Array;
}
