'use strict';
/**
 * What makes the functions' bundles small (serverless.yml's `custom.esbuild.plugins`): half of an SDK bundle is never used here.
 */
const { readFile } = require('node:fs/promises');
const path = require('node:path');

/**
 * The SDK's schemas are one file a service, and esbuild keeps all of it because a computed key might have a side effect.
 * Marked as pure, those of operations that nobody calls fall away (EC2: from 0.6 MB to some KB).
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
 * Lambda gives a function its credentials by environment variables; the default chain (SSO, STS, profiles, instance
 * metadata) is never asked.
 */
const environmentCredentials = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: path.join(__dirname, 'shared', 'environment-credentials.mjs'),
    }));
  },
};

module.exports = [pureSchemas, environmentCredentials];
