import type { ExpectedFault } from './fault';

const fault = (id: string, broken: string, often: ExpectedFault['often'], expected: string): ExpectedFault => ({
  id,
  plane: 'control plane',
  broken,
  often,
  expected,
});

export interface ExpiredCase extends ExpectedFault {
  readonly operation: string;
  readonly code: 'ExpiredTokenException' | 'ExpiredToken' | 'RequestExpired';
}

/** One call of each client, with its service's error name for expired credentials. */
export const expiredCredentials: readonly ExpiredCase[] = (
  [
    ['PutObject', 'ExpiredToken'],
    ['DescribeServices', 'ExpiredTokenException'],
    ['CreateWorkspaceServiceAccount', 'ExpiredTokenException'],
    ['GetExecutionHistory', 'ExpiredTokenException'],
  ] as const
).map(([operation, code]) => ({
  ...fault(
    `credentials: expired at ${operation}`,
    `the credentials of the function that calls ${operation} have expired`,
    'for good',
    `asked once and not again; the run ends FAILED with ${code}; with new credentials a run succeeds with one of everything and no token`,
  ),
  operation,
  code,
}));

export const clocks = {
  fast: fault(
    'clock: functions three hours fast',
    "the functions' clock is three hours ahead of AWS",
    'for good',
    'a setup and a teardown succeed: each client learns the time from the first refusal',
  ),
  slow: fault(
    'clock: functions three hours slow',
    "the functions' clock is three hours behind AWS",
    'for good',
    'a setup and a teardown succeed: each client learns the time from the first refusal',
  ),
  refusals: fault(
    'clock: refusals by protocol',
    'calls signed 4, 6 and 20 minutes off, in each protocol',
    'many times',
    'S3 takes 15 minutes and answers RequestTimeTooSkewed with both times; the others take 5 and answer InvalidSignatureException (JSON), SignatureDoesNotMatch (query) or RequestExpired (EC2); each answer has the time of AWS in Date',
  ),
  watched: fault(
    'credentials: expired while watching',
    'the credentials of the person at the terminal expire while a setup is watched',
    'once',
    'LostSight, exit code 5, says that the setup goes on and with what command to follow it; the setup ends as ever',
  ),
} as const;
