/** Builds the service into the one file that the task runs: `node service.cjs`. */
const path = require('node:path');
const { build } = require('esbuild');

/**
 * Bundles service/main.ts with all that it needs into `outfile` (CommonJS, Node 24).
 * The instrumentation survives bundling because service/telemetry/instrumentation.ts applies it (docs/decisions/bundle-instrumentation.md).
 */
const UNUSED_OF_SDK_NODE = [
  ...['grpc', 'http', 'proto'].flatMap((protocol) =>
    ['traces', 'logs', 'metrics'].map(
      (signal) => `@opentelemetry/exporter-${signal.replace('traces', 'trace')}-otlp-${protocol}`,
    ),
  ),
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/exporter-zipkin',
  '@opentelemetry/propagator-b3',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/configuration',
];

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
    alias: {
      ...Object.fromEntries(
        UNUSED_OF_SDK_NODE.map((name) => [name, path.join(__dirname, 'telemetry', 'no-exporter.cjs')]),
      ),
      // The SDK's whole credential chain (SSO, INI files, STS clients) is not used here: service/storage/credentials.ts is.
      '@aws-sdk/credential-provider-node': path.join(__dirname, 'storage', 'no-default-credentials.ts'),
      // Express requires its body parsers at the start, and they every charset there is: service/http/body.ts reads bodies.
      'body-parser': path.join(__dirname, 'http', 'no-body-parser.ts'),
      // Every part of Express gets the one version that package.json names: npm may install a copy for each of them.
      'mime-db': require.resolve('mime-db'),
    },
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
