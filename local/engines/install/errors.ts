/** The engine could be neither downloaded nor built; `reasons` says why, for each. */
export class InstallFailed extends Error {
  override readonly name = 'InstallFailed';
  constructor(
    message: string,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** A download or a build is impossible here: no network, no toolchain, no release for this platform. */
export class WayBlocked extends Error {
  override readonly name = 'WayBlocked';
}

/** The downloaded file's checksum is not the published one. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch';
}
