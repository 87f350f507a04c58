export type VersionTuple = readonly [number, number];

export function versionTuple(version: string): VersionTuple {
  const [major = '0', minor = '0'] = version.split('.');
  return [Number(major), Number(minor)];
}

export function compareVersions(left: VersionTuple, right: VersionTuple): number {
  return left[0] - right[0] || left[1] - right[1];
}
