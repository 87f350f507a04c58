'use strict';
/**
 * Plugins that shrink the functions' bundles (functions/build.cjs): half of an SDK bundle is
 * unused here.
 */
const { readFile } = require('node:fs/promises');
const path = require('node:path');

/**
 * The SDK has one file of schemas per service. esbuild keeps the whole file because a computed key might have a side
 * effect. Marked as pure, the schemas of unused operations are dropped (EC2: from 0.6 MB to some KB).
 */
const pureSchemas = {
  name: 'pure-schemas',
  setup(build) {
    build.onLoad({ filter: /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const contents = text.replace(
        /^((?:export )?var \S+) = (\[.*\]|\[[\s\S]*?^\]);$/gm,
        '$1 = /* @__PURE__ */ (() => $2)();',
      );
      return { contents, loader: 'js' };
    });
  },
};

/**
 * Lambda passes credentials in environment variables, so the default chain (SSO, STS, profiles, instance metadata) is
 * never used.
 */
const environmentCredentials = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: path.join(__dirname, 'shared', 'environment-credentials.mjs'),
    }));
  },
};

/** Removes zod's JSON Schema export, which no function uses: 17 KB of each bundle. */
const noJsonSchema = {
  name: 'no-json-schema',
  setup(build) {
    build.onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/ },
      async ({ path: file }) => {
        const text = await readFile(file, 'utf8');
        const names = [...text.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, name]) => name);
        return { contents: names.map((name) => `export const ${name} = () => undefined;`).join('\n'), loader: 'js' };
      },
    );
  },
};

module.exports = [pureSchemas, environmentCredentials, noJsonSchema];
