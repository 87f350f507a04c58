/** LOCAL_BACKENDS=real, and this engine was not found. */
export class BackendMissing extends Error {
  override readonly name = 'BackendMissing';
}

/** A *_BIN variable names something that cannot be used. */
export class BackendUnusable extends Error {
  override readonly name = 'BackendUnusable';
}

/** The stand-in of this engine is part of the local cloud's own process. */
export class BackendHasNoProcess extends Error {
  override readonly name = 'BackendHasNoProcess';
}
