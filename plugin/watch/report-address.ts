import type { Context } from '../context';
import type { Conclusion } from './conclusion';

/**
 * How a user opens the report that is stored at `location` (`s3://bucket/key`). At a stage with its own endpoint: the
 * local cloud's page. On AWS: the command that opens the last setup's report, or, for a teardown's report, the S3
 * console.
 */
export function reportAddress(
  context: Pick<Context, 'command' | 'endpoint' | 'region'>,
  machine: Conclusion['machine'],
  location: string,
): string {
  const { endpoint, region } = context;
  const run = /\/runs\/([^/]+)\//.exec(location)?.[1];
  if (endpoint) return new URL(run === undefined ? '/_page/report' : `/_page/runs/${run}/report`, endpoint).href;
  if (machine === 'setup') return context.command('report');
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  return `https://${consoleHost(region)}/s3/object/${bucket}?region=${region}&prefix=${encodeURIComponent(key)}`;
}

/** The console of the region's partition. */
function consoleHost(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com';
  return `${region}.console.aws.amazon.com`;
}
