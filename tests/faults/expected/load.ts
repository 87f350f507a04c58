import type { ExpectedFault } from './fault';

const load = (id: string, broken: string, expected: string): ExpectedFault => ({
  id: `load: ${id}`,
  plane: 'load',
  broken,
  often: 'many times',
  expected,
});

export const loads = {
  twice: load(
    'twice its capacity',
    'the service at twice the requests in flight that it takes',
    'it answers 201 or 503 with Retry-After only, /health stays 200, and afterwards every request is 201',
  ),
  bigSetup: load(
    '200 dashboards, 100 rules',
    'a setup with 200 dashboards and 100 rules',
    'fewer than 25,000 events and no state over 256 KiB',
  ),
  soak: load(
    'short soak',
    '2,000 requests after a warm-up of 2,000 (shortened: an hour of tester runs is 360)',
    'memory grows by less than 32 MB, open files by none',
  ),
} as const;
