import type { Context } from '../../context';
import { bad, type Finding, good, note } from './finding';
import { readImage } from './image-reference';
import type { NeededImage, Needs } from './needs';
import { type ManifestAnswer, readManifest } from './registry';

/** Can Fargate pull each image, for the CPU architecture of the tasks? */
export async function images(context: Context, needs: Needs, timeout?: number): Promise<readonly Finding[]> {
  if (context.endpoint)
    return [note('images', 'not looked at: the endpoint of this stage does not pull images from their registries')];
  return Promise.all(
    needs.images.map(async (needed) => {
      const about = `image ${needed.image}`;
      if (privateRegistry.test(needed.image))
        return note(about, 'could not be checked: it is in a private registry of ECR, which only the tasks log in to');
      return verdictOn(about, needed, await readManifest(readImage(needed.image), timeout));
    }),
  );
}

/** ECR's private registries. Behind a pull-through cache an image is not even there before its first pull. */
const privateRegistry = /^\d{12}\.dkr[.-]ecr[.-]/;

function verdictOn(about: string, { image, architecture }: NeededImage, answer: ManifestAnswer): Finding {
  const parameter = 'the parameter of the image (docs/parameters.md)';
  switch (answer.kind) {
    case 'found':
      return answer.platforms.includes(`linux/${architecture}`)
        ? good(about, `is there for linux/${architecture}`)
        : bad(
            about,
            `is there, but not for linux/${architecture}: it has ${answer.platforms.filter((name) => !name.startsWith('unknown')).join(', ')}. Its containers would end with "exec format error"`,
            `Choose an image that has it with ${parameter}, or the other processor with --param="architecture=${architecture === 'arm64' ? 'x86_64' : 'arm64'}".`,
          );
    case 'missing':
      return bad(
        about,
        'does not exist: its registry has no such tag or repository. Its tasks would end with CannotPullContainerError',
        `Correct ${parameter}.`,
      );
    case 'denied':
      return bad(
        about,
        `${readImage(image).registry.host} refuses it without a login: there is no such repository, or it is private. The tasks have no login`,
        `Correct ${parameter}, or copy the image into a private repository of ECR in this account.`,
      );
    default:
      return note(
        about,
        `could not be checked: ${answer.reason}. The image may exist`,
        'Run diagnose again from a network that reaches the registry, or pull the image by hand.',
      );
  }
}
