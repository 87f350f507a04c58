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

/** Days in hours, because Go's durations have no days: `${file(params/index.js):hours.<days>}`. */
const hours = Object.fromEntries(Array.from({ length: 3650 }, (_, index) => [index + 1, `${24 * (index + 1)}h`]));

/** The requested stage. */
const stage = async ({ options }) => {
  const given = options.stage ?? 'dev';
  if (/^[A-Za-z0-9-]+$/.test(given)) return given;
  const message = `Stage "${given}" has letters that the name of a stage must not have. It may have letters of the English alphabet, digits and hyphens. Nothing was changed.`;
  // The framework prints the stack of an error that is thrown.
  throw Object.assign(new Error(message), { stack: message });
};

module.exports = {
  stage,
  schema,
  hours,
  default: valuesOf('default'),
  dev: valuesOf('dev'),
  local: valuesOf('local'),
};
