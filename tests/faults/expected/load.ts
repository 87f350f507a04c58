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
    'the service for a minute at twice the requests a second that it can serve',
    'it answers 201 or 503 with Retry-After only, /health stays 200, and afterwards every request is 201',
  ),
  bigSetup: load(
    '200 dashboards, 100 rules',
    'a setup with 200 dashboards and 100 rules',
    'fewer than 25,000 events and no state over 256 KiB',
  ),
  hourOfService: load(
    'an hour of tester runs: service',
    "the service for 180 runs of the tester's six calls (an hour is 60 runs) at speed",
    'over the second half the heap after a collection grows by less than 1 MB, beyond two standard errors of its slope; open files and sockets by none',
  ),
  tenMinutes: load(
    'ten minutes of service',
    'the service for 6,000 requests (ten minutes at ten a second) of ten kinds, good and bad, and 600 scrapes, at speed',
    'each is answered as ever; over the second half the heap after a collection grows by less than 1 MB, beyond two standard errors of its slope; open files and sockets by none',
  ),
  hourOfCloud: load(
    'an hour of tester runs: local cloud',
    'the deployed stack for 60 invocations of the tester through the local cloud, at speed',
    'every run passes; over the second half the heap of the local cloud after a collection grows by less than 2 MB, beyond two standard errors of its slope; open files, sockets and processes by none',
  ),
} as const;
