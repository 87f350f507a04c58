import http from 'node:http';
import { devNull } from 'node:os';

/**
 * Makes the AWS clients of this process and of its children call `endpoint` only. Every `AWS_` variable is removed
 * except those below, because AWS may add new ones (an endpoint for one service, FIPS, dual stack, a profile, a
 * container's credentials). The shared configuration files are replaced by empty ones. No proxy is used, the
 * framework's and Node's own included.
 */
export function isolateProcess(endpoint: URL, region: string, env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (leadsAway.some((pattern) => pattern.test(name))) delete env[name];
  }
  Object.assign(env, {
    AWS_ENDPOINT_URL: endpoint.origin,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  });
  env['NODE_OPTIONS'] = withoutProxyOption(env['NODE_OPTIONS']);
  if (!env['NODE_OPTIONS']) delete env['NODE_OPTIONS'];
  leaveProxies();
}

/** Node read NODE_USE_ENV_PROXY at its start; this makes `fetch` and `http.request` connect directly. */
export function leaveProxies(): void {
  // An empty configuration would have no effect. So a proxy is set, and NO_PROXY excludes every host from it.
  http.setGlobalProxyFromEnv({ HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' });
}

/** On Windows variable names are not case-sensitive. */
const leadsAway: readonly RegExp[] = [
  /^aws_/i,
  // The framework's `proxy`, curl's `http_proxy`, Node's, and what npm makes of its own settings.
  /(?:^|_)(?:proxy|noproxy)$/i,
  /^node_use_env_proxy$/i,
  // The framework's certificate file: a missing file would end the framework.
  /^(?:https_)?ca(?:file)?$/i,
];

function withoutProxyOption(options: string | undefined): string | undefined {
  return options?.replace(/(?<=^|\s)--use-env-proxy(?=\s|$)/g, '').trim();
}
