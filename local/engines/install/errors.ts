/** Neither way led to the engine; `reasons` says what was in the way of each. */
export class InstallFailed extends Error {
  override readonly name = 'InstallFailed';
  constructor(
    message: string,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** One way cannot be gone here: no network, no toolchain, no release for this platform. */
export class WayBlocked extends Error {
  override readonly name = 'WayBlocked';
}

/** What arrived is not what the release published. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch';
}
