/** Builds the service into the one file that the task runs: `node service.cjs`. */
const path = require('node:path');
const { build } = require('esbuild');

/**
 * Bundles service/main.ts with all that it needs into `outfile` (CommonJS, Node 24).
 * The instrumentation survives bundling because service/telemetry/instrumentation.ts applies it (docs/decisions/bundle-instrumentation.md).
 */
async function buildService({ outfile, entry = path.join(__dirname, 'main.ts'), metafile = false }) {
  const result = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // ES modules first: they are smaller once what nobody calls is gone.
    mainFields: ['module', 'main'],
    conditions: ['module'],
    // The SDK's whole credential chain (SSO, INI files, STS clients) is not used here: service/storage/credentials.ts is.
    alias: { '@aws-sdk/credential-provider-node': path.join(__dirname, 'storage', 'no-default-credentials.ts') },
    minifySyntax: true,
    minifyWhitespace: true,
    // The SDK and OpenTelemetry put constructors' names on the wire: identifiers stay as they are.
    keepNames: false,
    minifyIdentifiers: false,
    legalComments: 'none',
    logLevel: 'warning',
    metafile,
  });
  return result.metafile;
}

module.exports = { buildService };
