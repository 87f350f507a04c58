const MINUTE_SECONDS = 60;

/**
 * The range in which "errors a minute" are counted, as a PromQL duration: one minute plus one scrape interval. An error
 * shows only at the next scrape, so two errors 59 s apart can be more than a minute apart in the samples, and a range
 * of one minute would contain only one of them. docs/decisions/errors-counted-not-extrapolated.md.
 */
export function countingWindow(scrapeInterval: string): string {
  const seconds = /^(\d+)s$/.exec(scrapeInterval)?.[1];
  if (seconds === undefined)
    throw new RangeError(`the scrape interval "${scrapeInterval}" is not in seconds: write it like 15s`);
  return `${MINUTE_SECONDS + Number(seconds)}s`;
}
