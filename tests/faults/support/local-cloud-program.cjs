/**
 * The cloud of `npm start` in its own process, without the deploy. The parent process measures and ends it. Arguments:
 * directory, port, Grafana's port.
 */
require('tsx/cjs/api').register();
const { startCloud } = require('../../../local/cloud/cloud.ts');

const [directory, port, grafanaPort] = process.argv.slice(2);
startCloud({
  directory,
  port: Number(port),
  region: 'eu-west-1',
  grafana: { port: Number(grafanaPort), throttle: 'off' },
}).then((cloud) => {
  process.on('SIGTERM', () => void cloud.close().then(() => process.exit(0)));
  process.stdout.write('up\n');
});
