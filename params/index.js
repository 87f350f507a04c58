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

/**
 * The framework prints the stack of an error that is thrown, so it is the message here; on lines of its own, as the
 * framework's words come before it.
 */
const fault = (message) => Object.assign(new Error(message), { stack: `\n\n${message}` });

/** The requested stage. */
const stage = async ({ options }) => {
  const given = options.stage ?? 'dev';
  if (/^[A-Za-z0-9-]+$/.test(given)) return given;
  throw fault(
    `Stage "${given}" has letters that the name of a stage must not have. It may have letters of the English alphabet, digits and hyphens. Nothing was changed.`,
  );
};

/** `services.ts`. The framework loads this file before the plugin, which lets it load TypeScript. */
const servicesModule = () => require('tsx/cjs/api').require('./services.ts', __filename);

/**
 * Lists of the services of services.yml at the requested stage, with their defaults:
 * `${file(params/index.js):services}`.
 */
const services = async ({ options }) => {
  try {
    return servicesModule().readServices(process.cwd(), options.stage ?? 'dev');
  } catch (error) {
    throw fault(`${error.message}\nSee docs/services/README.md. Nothing was changed.`);
  }
};
const attachedServices = async (variables) => servicesModule().attachedServices(await services(variables));

module.exports = {
  stage,
  services,
  attachedServices,
  schema,
  hours,
  default: valuesOf('default'),
  dev: valuesOf('dev'),
  local: valuesOf('local'),
};
