import type { AwsEffect } from '../support/aws-fault-proxy';
import type { ExpectedFault } from './fault';

const neverBelieved =
  'never taken for the answer: the run retries, or ends FAILED with a named error; the next run succeeds with one of everything';

const MEGABYTE = 1024 * 1024;
const hostile: Readonly<Record<string, Extract<AwsEffect, { kind: 'raw' }>>> = {
  'a page of HTML with status 200': {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Sign in</title><script>alert(1)</script>',
  },
  '24 MB of one character with status 200': {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(24 * MEGABYTE),
  },
  'half of the promised length': {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': '400', connection: 'close' },
    body: '{"workspaces":[]}',
  },
  'a page of HTML with status 502': {
    kind: 'raw',
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>',
  },
  'twice the promised length': {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': '2', connection: 'close' },
    body: '{}{"workspaces":[]}',
  },
  'a head of 100 KB': {
    kind: 'raw',
    status: 200,
    headers: { 'content-type': 'application/json', 'x-padding': 'x'.repeat(100_000) },
    body: '{}',
  },
  'an empty object': { kind: 'raw', status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
};

export interface HostileCase extends ExpectedFault {
  readonly target: { readonly operation: string } | { readonly route: string };
  readonly answer: Extract<AwsEffect, { kind: 'raw' }>;
}

const hostileTargets = [
  { operation: 'ListWorkspaces' },
  { operation: 'DescribeServices' },
  { operation: 'CreateWorkspaceServiceAccountToken' },
  { operation: 'GetExecutionHistory' },
  { operation: 'GetObject' },
  { operation: 'PutObject' },
  { route: 'GET /api/datasources/uid/loki' },
  { route: 'GET /api/dashboards/uid/traces' },
  { route: 'GET /api/v1/provisioning/contact-points' },
  { route: 'POST /api/dashboards/db' },
] as const;

export const hostileAnswers: readonly HostileCase[] = hostileTargets.flatMap((target) =>
  Object.entries(hostile).map(([name, answer]) => {
    const broken = `${'route' in target ? target.route : target.operation} answers ${name}`;
    return {
      id: `hostile: ${broken}`,
      plane: 'hostile answers',
      broken,
      often: 'once',
      expected: neverBelieved,
      target,
      answer,
    };
  }),
);
