import { parseServices } from '../../../../params/services';
import type { Terminal } from '../../../../plugin/terminal';
import { type Measurement, serviceLines } from '../../../../plugin/verbs/services';

const terminal = { style: (colour, text) => (colour === 'red' ? `<${text.trim()}>` : text) } as Terminal;
const context = { terminal, command: (verb: string) => `npx sls ${verb} --stage dev` };

const at = '2026-11-23T12:00:00.000Z';
const listed = parseServices(
  'services:\n  - name: checkout\n    kind: lambda\n  - name: billing\n    signals: [traces]\n',
  'services.yml',
);

const measured: Measurement = {
  at,
  services: [
    {
      name: 'checkout',
      isListed: true,
      lastSeen: { metrics: '2026-11-23T11:59:48.000Z', traces: '2026-11-23T11:12:00.000Z' },
      requests: { rate: 12.345, errors: 0.0123, p95: 0.0512 },
    },
    { name: 'billing', isListed: true, lastSeen: { traces: '2026-11-23T03:00:00.000Z' } },
    { name: 'chekout', isListed: false, lastSeen: {}, requests: { rate: 0.001, p95: 2.345 } },
  ],
  unread: [],
};

it('shows each service in a row, with a required signal that was not seen in red', () => {
  expect(serviceLines(measured, listed, context)).toEqual([
    'service   metrics   traces      logs      requests/s  errors  p95',
    'checkout  12 s ago  48 min ago  <not seen>  12.35       1.2 %   51 ms',
    'billing   not seen  9 h ago     not seen  -           -       -',
    'chekout   not seen  not seen    not seen  <0.01       -       2.3 s',
    'Last seen within a day. Rate, errors and 95th percentile of the last five minutes, from the spans.',
    'checkout has a signal that was not seen: docs/services/lambda.md says what it needs, and `npx sls setup --verify --stage dev` names the hop that is broken.',
    'Not in services.yml, so not proven: chekout. `npx sls attach <name> --stage dev` prints an entry.',
  ]);
});

it('says what it could not read', () => {
  expect(serviceLines({ at, services: [], unread: ['traces: status 502'] }, [], context).at(-1)).toBe(
    'Not read: traces: status 502',
  );
});
