import { userInfo } from 'node:os';
import { type BackendName, backends } from '../../engines';
import { dockerCommand } from '../../engines/docker';

/** Written without a Docker engine: these tests check the command lines, which have never been run. */
const user = `${userInfo().uid}:${userInfo().gid}`;
const options = {
  cwd: '/run/task',
  env: { AWS_REGION: 'eu-west-1', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret', PATH: '/nowhere' },
  mounts: ['/run/volume', '/run/task'],
};
const head = ['run', '--rm', '--network', 'host', '--workdir', '/run/task', '--user', user];
const mounts = ['--volume', '/run/task:/run/task', '--volume', '/run/volume:/run/volume'];
const environment = ['--env', 'AWS_REGION', '--env', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'];

it.each<[BackendName, string[], string[]]>([
  ['loki', ['-config.file=/run/volume/loki.yaml'], [`grafana/loki:${backends.loki.version}`]],
  ['tempo', ['-config.file=/run/volume/tempo.yaml'], [`grafana/tempo:${backends.tempo.version}`]],
  ['prometheus', ['--agent'], [`prom/prometheus:v${backends.prometheus.version}`]],
  ['grafana', ['server'], ['--entrypoint', 'grafana', `grafana/grafana:${backends.grafana.version}`]],
  ['s3', ['posix', '/run/task'], ['--entrypoint', 'versitygw', `versity/versitygw:v${backends.s3.version}`]],
])('runs %s in one container, with the paths and ports of the host', (name, args, image) => {
  const command = dockerCommand(backends[name], args, options, {
    PATH: '/usr/bin',
    HOME: '/home/me',
    DOCKER_HOST: 'unix:///x',
    SECRET: 's',
  });
  expect(command.file).toBe('docker');
  expect(command.args).toEqual([...head, ...mounts, ...environment, ...image, ...args]);
});

it('passes values to the client in its environment, not in the arguments', () => {
  const { args, env } = dockerCommand(backends.loki, [], options, {
    PATH: '/usr/bin',
    DOCKER_HOST: 'unix:///x',
    SECRET: 's',
  });
  expect(args.join(' ')).not.toContain('secret');
  expect(env).toMatchObject({ AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret', DOCKER_HOST: 'unix:///x' });
  expect(env).not.toHaveProperty('SECRET');
});
