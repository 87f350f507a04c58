/** The parts of a container image's name, by Docker's rules (distribution/reference). */
export interface ImageReference {
  /** URL of its registry. */
  readonly registry: URL;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/**
 * `grafana/loki:3.7.8` is on Docker Hub, and `node:24` is its `library/node`. The first part names a registry when it
 * has a dot or a port or is `localhost`. A registry on this machine is called over plain HTTP, as Docker does.
 */
export function readImage(image: string): ImageReference {
  const [withoutDigest = '', digest] = image.split('@');
  const slash = withoutDigest.indexOf('/');
  const first = slash === -1 ? '' : withoutDigest.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost';
  const rest = isRegistry ? withoutDigest.slice(slash + 1) : withoutDigest;
  const [, name = rest, tag = 'latest'] = /^(.+):([^:/]+)$/.exec(rest) ?? [];
  const host = isRegistry && first !== 'docker.io' ? first : 'registry-1.docker.io';
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+)(?::\d+)?$/.test(host);
  const isHub = host === 'registry-1.docker.io';
  return {
    registry: new URL(`${isHere ? 'http' : 'https'}://${host}`),
    repository: isHub && !name.includes('/') ? `library/${name}` : name,
    reference: digest ?? tag,
  };
}
