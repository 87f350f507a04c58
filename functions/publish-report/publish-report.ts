import type { StepResult } from '../domain/results';
import { leaveReport, type ReportDeps } from '../shared/leave-report';

/** Writes the report of a successful run to the audit bucket. */
export async function publishReport(
  { execution }: { readonly execution: string },
  deps: ReportDeps,
): Promise<StepResult & { readonly location: string }> {
  const { report, location } = await leaveReport(execution, 'PublishReport', deps);
  return { outcome: 'done', detail: `${report.steps.length} steps in ${location}`, location };
}
