import { type AxeResults, source } from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * What axe-core finds on the page, each node as a line: by all of its rules, best practices too, in the light scheme,
 * and by those of colours again in the dark one.
 */
export async function axeInBothSchemes(page: Page): Promise<readonly string[]> {
  await page.evaluate(source);
  const found: string[] = [];
  for (const [colorScheme, options] of schemes) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
    for (const { id, impact, nodes } of violations)
      for (const { target, failureSummary } of nodes)
        found.push(`${colorScheme}: ${id} (${impact}) at ${target.map(String).join(' ')}: ${failureSummary}`);
  }
  return found;
}

const schemes = [
  ['light', {}],
  ['dark', { runOnly: ['color-contrast', 'link-in-text-block'] }],
] as const;
