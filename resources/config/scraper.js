/** The scraper's configuration: scraper.yaml with a job for each service that is scraped. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse, stringify } = require('yaml');
const { services } = require('../../params');

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

/** Texts that the framework must not resolve as its own variables. */
const literal = (text) => text.replaceAll('${', '\\${');
const listed = async (variables) => scraped(await services(variables));

/** A resource of CloudFormation for each port that is scraped: the clients' security group admits the scraper there. */
function ingress(entries) {
  const ports = [...new Set(scraped(entries).map(({ metrics }) => metrics.ecs.port))].sort((a, b) => a - b);
  return Object.fromEntries(
    ports.map((port) => [
      `ClientMetricsIngress${port}`,
      {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: {
          GroupId: { 'Fn::GetAtt': ['ClientSecurityGroup', 'GroupId'] },
          SourceSecurityGroupId: { 'Fn::GetAtt': ['ServiceScraperSecurityGroup', 'GroupId'] },
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
          Description: 'Metrics',
        },
      },
    ]),
  );
}

module.exports = {
  scraperConfig,
  /** `true` when services.yml lists a service that is scraped: only then is there a scraper. */
  scraping: async (variables) => String((await listed(variables)).length > 0),
  /** The number of scrapers, after a comma, for the list of StartServices. */
  count: async (variables) => ((await listed(variables)).length > 0 ? ',1' : ''),
  files: async (variables) =>
    literal(JSON.stringify({ '${CONFIG_PATH}/scraper.yaml': scraperConfig(await services(variables)) })),
  /** The ARNs of the clusters whose tasks the scraper looks at. */
  clusters: async (variables) =>
    [...new Set((await listed(variables)).map(({ metrics }) => metrics.ecs.cluster))].map((cluster) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:cluster/${cluster}`,
    })),
  /** The rules of the scraper's own security group: AWS, and the ports of the services. */
  egress: async (variables) => [
    {
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
      CidrIp: '0.0.0.0/0',
      Description: 'AWS APIs and image registries',
    },
    ...Object.values(ingress(await services(variables))).map(({ Properties: { FromPort, ToPort } }) => ({
      IpProtocol: 'tcp',
      FromPort,
      ToPort,
      DestinationSecurityGroupId: { 'Fn::GetAtt': ['ClientSecurityGroup', 'GroupId'] },
      Description: 'Metrics of services that joined',
    })),
  ],
  resources: async (variables) => ({ Resources: ingress(await services(variables)) }),
};
