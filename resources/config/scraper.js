/** The scraper's configuration: scraper.yaml with a job for each service that is scraped. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse, stringify } = require('yaml');

/** Prometheus's default; it must not be longer than the interval. */
const LONGEST_TIMEOUT = 10;

/**
 * The text of the configuration file. `services` are those of services.yml; the ones without `metrics.ecs` have no job.
 */
function scraperConfig(services) {
  const config = parse(readFileSync(join(__dirname, 'scraper.yaml'), 'utf8'));
  const job = config.scrape_configs.pop();
  const jobs = scraped(services).map(({ name, interval, metrics: { ecs } }) =>
    fill(job, { name, interval, timeout: Math.min(interval, LONGEST_TIMEOUT), ...ecs }),
  );
  return stringify({ ...config, scrape_configs: [...config.scrape_configs, ...jobs] }, { lineWidth: 0 });
}

/** The services with `metrics.ecs`. */
function scraped(services) {
  return services.filter(({ metrics }) => typeof metrics === 'object');
}

function fill(value, values) {
  if (Array.isArray(value)) return value.map((each) => fill(each, values));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, values)]));
  if (typeof value !== 'string') return value;
  const [, whole] = /^@\{(\w+)\}$/.exec(value) ?? [];
  if (whole !== undefined) return values[whole];
  return value.replace(/@\{(\w+)\}/g, (_, key) => values[key]);
}

module.exports = { scraperConfig, scraped };
