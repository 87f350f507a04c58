/**
 * The load generator, a separate process so that it can be pinned to a core: one JSON argument in, autocannon's result
 * as JSON out.
 */
const autocannon = require('autocannon');

const { url, route, amount, connections } = JSON.parse(process.argv[2]);
const DOCUMENT = { value: 42, unit: 'ms', tags: ['bench', 'document'], note: 'x'.repeat(200) };
// Fewer than a connection writes while warming up, so every document that is read exists.
const KEYS = 16;
const documents = Array.from({ length: KEYS }, (_, index) => ({
  method: 'POST',
  path: '/data',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ key: `bench/${index}`, ...DOCUMENT }),
}));
const reads = documents.map((_, index) => ({ method: 'GET', path: `/data/bench/${index}` }));
const requests = { post: documents, get: reads, health: [{ method: 'GET', path: '/health' }] }[route];

// Rate and percentiles are computed from the responses: autocannon rounds its run to seconds and its percentiles to
// milliseconds.
const started = performance.now();
let ended = started;
const latencies = [];
const running = autocannon({ url, connections, amount, requests, timeout: 30 }, (error, result) => {
  if (error) throw error;
  latencies.sort((a, b) => a - b);
  const percentile = (share) => latencies[Math.ceil(latencies.length * share) - 1];
  process.stdout.write(
    JSON.stringify({
      rps: result.requests.total / ((ended - started) / 1000),
      p50: percentile(0.5),
      p99: percentile(0.99),
      failed: result.non2xx + result.errors,
      statuses: result.statusCodeStats,
    }),
  );
});
running.on('response', (_client, _status, _bytes, milliseconds) => {
  ended = performance.now();
  latencies.push(milliseconds);
});
