/** The values of params/schema.yml by stage, in the shape of serverless.yml's `params`. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');

const schema = parse(readFileSync(join(__dirname, 'schema.yml'), 'utf8'));

const valuesOf = (stage) =>
  Object.fromEntries(
    Object.entries(schema)
      .filter(([, parameter]) => parameter[stage] !== undefined)
      .map(([name, parameter]) => [name, parameter[stage]]),
  );

/** Days as the hours that Go's durations are made of: `${file(params/index.js):hours.<days>}`. */
const hours = Object.fromEntries(Array.from({ length: 3650 }, (_, index) => [index + 1, `${24 * (index + 1)}h`]));

module.exports = { schema, hours, default: valuesOf('default'), dev: valuesOf('dev'), local: valuesOf('local') };
