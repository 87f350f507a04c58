import { createReport, type HistoryEvent, type Report, renderPage } from '../../report';
import type { AuditStore } from '../domain/audit';
import type { Clock } from '../domain/clock';
import type { Executions } from '../domain/executions';
import { machineOf, runPrefix } from '../domain/naming';

export interface ReportDeps {
  readonly executions: Executions<HistoryEvent>;
  readonly audit: AuditStore;
  readonly clock: Clock;
}

/**
 * Makes the report of a running execution from its own history and leaves it, as JSON and as a page, in the audit bucket.
 * `writtenBy` is the state that does so: it counts as the end.
 */
export async function leaveReport(
  executionArn: string,
  writtenBy: string,
  { executions, audit, clock }: ReportDeps,
): Promise<{ readonly report: Report; readonly location: string }> {
  const report = createReport(await executions.history(executionArn), {
    executionArn,
    ...machineOf(executionArn),
    generatedAt: clock.now(),
    writtenBy,
  });
  const prefix = runPrefix(executionArn);
  await audit.write(`${prefix}report.json`, JSON.stringify(report, undefined, 2), 'application/json');
  await audit.write(`${prefix}report.html`, renderPage(report), 'text/html; charset=utf-8');
  return { report, location: audit.location(`${prefix}report.html`) };
}
