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
 * Builds the report of a running execution from its history and writes it to the audit bucket, as JSON and as an HTML
 * page. `writtenBy` is the state that writes the report. The report treats it as the end of the run.
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
