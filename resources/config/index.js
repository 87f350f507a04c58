/** Texts for the task definitions: render.js's program, and each engine's configuration files (its FILES variable). */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Texts that the framework must not resolve as its own variables. */
const literal = (text) => text.replaceAll('${', '\\${');
const read = (name) => readFileSync(join(__dirname, name), 'utf8');
const files = (name) => literal(JSON.stringify({ [`\${CONFIG_PATH}/${name}`]: read(name) }));

module.exports = {
  render: literal(read('render.js')),
  directories: literal(JSON.stringify(['${DATA_PATH}'])),
  loki: files('loki.yaml'),
  tempo: files('tempo.yaml'),
  prometheus: files('prometheus.yaml'),
  otelcol: files('otelcol.yaml'),
};
