import { devNull } from 'node:os';
import { isolateProcess } from '../../../../plugin/aws/isolate-process';

const isolated = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4510',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
};
const isolate = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  isolateProcess(new URL('http://127.0.0.1:4510'), 'eu-west-1', env);
  return env;
};

it.each([
  ...[
    'AWS_PROFILE',
    'AWS_LOCAL_PROFILE',
    'AWS_SESSION_TOKEN',
    'AWS_ENDPOINT_URL_S3',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  ],
  ...['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_SOMETHING_NEW'],
  ...[
    'proxy',
    'HTTP_PROXY',
    'https_proxy',
    'ALL_PROXY',
    'npm_config_https_proxy',
    'NODE_USE_ENV_PROXY',
    'cafile',
    'HTTPS_CA',
  ],
])('drops %s', (name) => {
  expect(isolate({ [name]: 'x' })).toEqual(isolated);
});

it("keeps what is not an AWS client's", () => {
  const kept = { PATH: '/bin', HOME: '/home/a', LOCAL_PORT: '4511', SLS_LOG_LEVEL: 'debug', CAFE: 'x' };
  expect(isolate({ ...kept })).toEqual({ ...kept, ...isolated });
});

it('removes the proxy from Node’s options for its children, and keeps the others', () => {
  expect(isolate({ NODE_OPTIONS: '--use-env-proxy --max-old-space-size=512' })).toEqual({
    ...isolated,
    NODE_OPTIONS: '--max-old-space-size=512',
  });
});
