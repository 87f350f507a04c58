'use strict';
/** Bundles the functions; Lambda runs each bundle as it is, without packages beside it. */
const path = require('node:path');
const { build } = require('esbuild');
const plugins = require('./esbuild-plugins.cjs');

/**
 * Bundles these handlers (`functions/take-lock/handler`, as serverless.yml's list of functions names them) and their
 * dependencies, minified for Node 24. Returns the text of each bundle by its handler. One call of esbuild for all of
 * them: what they share (the SDK, zod) is read and parsed once, which takes a third of the time of a call for each.
 * `format` is `esm` for Lambda and `cjs` for what loads a handler by `require`.
 */
async function buildFunctions({ handlers, format = 'esm' }) {
  const root = path.dirname(__dirname);
  const { outputFiles } = await build({
    entryPoints: handlers.map((handler) => ({ in: path.join(root, `${handler}.ts`), out: handler })),
    absWorkingDir: root,
    outdir: root,
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format,
    mainFields: ['module', 'main'],
    plugins,
    logLevel: 'warning',
  });
  return new Map(
    outputFiles.map(({ path: file, contents }) => [
      path.relative(root, file).replace(/\.js$/, ''),
      Buffer.from(contents),
    ]),
  );
}

module.exports = { buildFunctions };
