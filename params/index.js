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

/** The stage that was asked for. */
const stage = async ({ options }) => {
  const given = options.stage ?? 'dev';
  if (/^[A-Za-z0-9-]+$/.test(given)) return given;
  const message = `Stage "${given}" has letters that the name of a stage must not have. It may have letters of the English alphabet, digits and hyphens. Nothing was changed.`;
  // The framework shows the stack of what is thrown.
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
