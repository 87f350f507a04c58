import { packageTemplates } from '../../scripts/template/package-templates';
import { variants } from '../../scripts/template/variants';

/** Packages the variants once for all template tests; their paths are in the environment. */
export default async function packageVariants(): Promise<void> {
  process.env['PACKAGED_TEMPLATES'] = JSON.stringify(await packageTemplates(variants));
}
