import { randomBytes } from 'node:crypto';
import { AwsError, type Kernel, type Principal } from '../../kernel/contracts';

/** A function's log stream, `2026/11/23/[$LATEST]…`. Each process has one. */
export interface FunctionLog {
  readonly stream: string;
  write(line: string): void;
}

/**
 * Opens a log stream that is written with the rights of the function's role, as on AWS. Lines are lost if the role
 * lacks `logs:PutLogEvents` or the group does not exist. AWS reports no error; here the journal has the first loss.
 */
export function openLog(
  kernel: Kernel,
  options: { readonly group: string; readonly version: string; readonly principal: Principal },
): FunctionLog {
  const { group, principal, version } = options;
  const stream = `${kernel.now().toISOString().slice(0, 10).replaceAll('-', '/')}/[${version}]${randomBytes(16).toString('hex')}`;
  const resource = `arn:${kernel.partition}:logs:${kernel.region}:${kernel.accountId}:log-group:${group}:log-stream:${stream}`;
  let lost = false;
  return {
    stream,
    write: (line) => {
      if (lost) return;
      try {
        kernel.authorize(principal, [
          { action: 'logs:CreateLogStream', resource },
          { action: 'logs:PutLogEvents', resource },
        ]);
        kernel.writeLog(group, stream, line);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        lost = true;
        kernel.journal({
          service: 'logs',
          operation: 'PutLogEvents',
          method: 'POST',
          path: group,
          principal: principal.arn,
          status: error.status,
          ms: 0,
          error: `${error.code}: ${error.message} The log of this function is lost.`,
        });
      }
    },
  };
}
