import { translateArgument, translateVariable } from '../../../aws/ecs/translate';

const surroundings = {
  ports: new Map([
    [8080, 41001],
    [9090, 41002],
    [9091, 41003],
  ]),
  mounts: [
    { containerPath: '/data', directory: '/task/volumes/data' },
    { containerPath: '/data/config', directory: '/task/volumes/config' },
  ],
};

it.each([
  ['PORT', '8080', '41001'],
  ['METRICS_PORT', '9090', '41002'],
  ['RETRIES', '8080', '8080'],
  ['PORT', '80', '80'],
  ['REPORT', '8080', '8080'],
  ['TARGET', 'localhost:9090', 'localhost:41002'],
  ['TARGETS', 'http://127.0.0.1:8080/a,http://localhost:9090/b', 'http://127.0.0.1:41001/a,http://localhost:41002/b'],
  ['LISTEN', ':9091', ':41003'],
  ['LISTEN', '0.0.0.0:9091', '127.0.0.1:41003'],
  ['HOST', '0.0.0.0', '127.0.0.1'],
  ['OTHER', 'http://10.0.0.0.1:8080', 'http://10.0.0.0.1:8080'],
  ['LOKI', 'http://127.0.0.1:4531/loki', 'http://127.0.0.1:4531/loki'],
  ['LONGER', 'localhost:90901', 'localhost:90901'],
  ['DATA_PATH', '/data', '/task/volumes/data'],
  ['FILE', '/data/a/b', '/task/volumes/data/a/b'],
  ['CONFIG', '/data/config/x.yaml', '/task/volumes/config/x.yaml'],
  ['NEIGHBOUR', '/database', '/database'],
  ['URL', 'http://x/data/1', 'http://x/data/1'],
  ['VERSION', '10.0.0.0', '10.0.0.0'],
])('the variable %s=%s becomes %s', (name, value, expected) => {
  expect(translateVariable(name, value, surroundings)).toBe(expected);
});

it.each([
  ['-config.file=/data/config/loki.yaml', '-config.file=/task/volumes/config/loki.yaml'],
  ['--storage.agent.path=/data', '--storage.agent.path=/task/volumes/data'],
  ['--web.listen-address=0.0.0.0:9091', '--web.listen-address=127.0.0.1:41003'],
  ['--web.listen-address=:9091', '--web.listen-address=:41003'],
  ['/data/service.cjs', '/task/volumes/data/service.cjs'],
  ['--agent', '--agent'],
])('the argument %s becomes %s', (argument, expected) => {
  expect(translateArgument(argument, surroundings)).toBe(expected);
});
