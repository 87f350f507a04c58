/** Bundles the service into one file; the task runs `node service.cjs`. */
const path = require('node:path');
const { build } = require('esbuild');

/**
 * Bundles service/main.ts and its dependencies into `outfile` (CommonJS, Node 24).
 * The instrumentation survives bundling because service/telemetry/instrumentation.ts applies it
 * (docs/decisions/bundle-instrumentation.md).
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
    // ES modules first: tree shaking makes them smaller.
    mainFields: ['module', 'main'],
    conditions: ['module'],
    alias: {
      ...Object.fromEntries(
        UNUSED_OF_SDK_NODE.map((name) => [name, path.join(__dirname, 'telemetry', 'no-exporter.cjs')]),
      ),
      // The SDK's whole credential chain (SSO, INI files, STS clients) is not used here: service/storage/credentials.ts
      // is.
      '@aws-sdk/credential-provider-node': path.join(__dirname, 'storage', 'no-default-credentials.ts'),
      // Express loads its body parsers and their charset tables at start; service/http/body.ts reads bodies instead.
      'body-parser': path.join(__dirname, 'http', 'no-body-parser.ts'),
      // One copy for all parts of Express: npm may install one for each of them.
      'mime-db': require.resolve('mime-db'),
    },
    minifySyntax: true,
    minifyWhitespace: true,
    // The SDK and OpenTelemetry send constructor names over the network, so identifiers are not minified.
    keepNames: false,
    minifyIdentifiers: false,
    legalComments: 'none',
    logLevel: 'warning',
    metafile,
  });
  return result.metafile;
}

module.exports = { buildService };
