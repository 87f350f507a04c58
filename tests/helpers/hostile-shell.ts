import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface HostileShell {
  /** A shell environment whose endpoints, switches, profiles, files and proxies all lead to the listener. */
  readonly environment: NodeJS.ProcessEnv;
  /** Number of connections that the listener accepted. */
  readonly reached: () => number;
  /** Every `host:port` that a Node process with this environment has opened a connection to. */
  readonly opened: () => Promise<readonly string[]>;
  close(): Promise<void>;
}

const services = [
  'CLOUDFORMATION',
  'S3',
  'LAMBDA',
  'SFN',
  'STS',
  'IAM',
  'GRAFANA',
  'CLOUDWATCH_LOGS',
  'CLOUDWATCH',
  'ECS',
  'ECR',
  'EC2',
];
const keys = 'aws_access_key_id = AKIAREAL\naws_secret_access_key = real\n';

/**
 * A listener that counts connections, and the shell environment of somebody with an AWS account, profiles and proxies,
 * all of which lead to the listener.
 */
export async function startHostileShell(): Promise<HostileShell> {
  const home = await mkdtemp(join(tmpdir(), 'hostile-'));
  const sockets = new Set<Socket>();
  let reached = 0;
  const listener: Server = createServer((socket) => {
    reached += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const away = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const config = `endpoint_url = ${away}\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\nignore_configured_endpoint_urls = true\nservices = away\nregion = us-gov-west-1\n`;
  const file = `[default]\n${config}[profile work]\n${config}sso_start_url = ${away}\n[services away]\n${services.map((name) => `${name.toLowerCase()} =\n  endpoint_url = ${away}\n`).join('')}`;
  await mkdir(join(home, '.aws'));
  await writeFile(join(home, '.aws', 'config'), file);
  await writeFile(join(home, '.aws', 'credentials'), `[default]\n${keys}[work]\n${keys}`);
  const record = join(home, 'connections');
  await writeFile(record, '');
  return {
    environment: {
      HOME: home,
      CONNECTIONS_FILE: record,
      NODE_OPTIONS: `--use-env-proxy --require ${join(__dirname, 'record-connections.cjs')}`,
      NODE_USE_ENV_PROXY: '1',
      ...Object.fromEntries(
        [
          'HTTP_PROXY',
          'http_proxy',
          'HTTPS_PROXY',
          'https_proxy',
          'ALL_PROXY',
          'all_proxy',
          'proxy',
          'npm_config_proxy',
        ].map((name) => [name, away]),
      ),
      ...Object.fromEntries(services.map((name) => [`AWS_ENDPOINT_URL_${name}`, away])),
      AWS_ENDPOINT_URL: away,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_S3_USE_ARN_REGION: 'true',
      AWS_DEFAULTS_MODE: 'auto',
      AWS_PROFILE: 'work',
      AWS_DEFAULT_PROFILE: 'work',
      AWS_LOCAL_PROFILE: 'work',
      AWS_LOCAL_ACCESS_KEY_ID: 'AKIAREAL',
      AWS_LOCAL_SECRET_ACCESS_KEY: 'real',
      AWS_ACCESS_KEY_ID: 'AKIAREAL',
      AWS_SECRET_ACCESS_KEY: 'real',
      AWS_SESSION_TOKEN: 'real',
      AWS_CONFIG_FILE: join(home, '.aws', 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${away}/credentials`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: away,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/real',
      AWS_WEB_IDENTITY_TOKEN_FILE: record,
      HTTPS_CAFILE: '/nowhere/ca.pem',
    },
    reached: () => reached,
    opened: async () => (await readFile(record, 'utf8')).split('\n').filter((line) => line !== ''),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
      await rm(home, { recursive: true, force: true });
    },
  };
}
