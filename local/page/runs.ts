import { createReport, type HistoryEvent, isRefused, type Report, startedByDiff } from '../../report';
import type { Cloud } from '../cloud/contracts';
import type { JsonObject, Output } from '../kernel/contracts';

/** An execution of one of the stack's machines, by the name that is its address on the page. */
interface Known {
  readonly executionArn: string;
  readonly name: string;
  readonly machine: Report['machine'];
  readonly stack: string;
  readonly startedAt: number;
}

/** Runs that the page keeps; older ones are forgotten. */
const kept = 20;

/**
 * The runs of the stack's machines, newest first, while the local cloud is up: also those of a stack that was removed
 * since. The report of a run that has ended is made once.
 */
export class Runs {
  private known: readonly Known[] = [];
  private readonly ended = new Map<string, Report>();
  private looked: Promise<void> = Promise.resolve();

  constructor(private readonly cloud: Cloud) {
    // A removal deletes the machines: their last runs are only seen while a function of theirs is invoked.
    cloud.lambda.invoker.listeners.add(() => void this.look().catch(() => undefined));
  }

  /** The reports of all runs, newest first. `links` are shown in the reports of runs that have not ended before. */
  async all(links: Readonly<Record<string, string>>): Promise<readonly Report[]> {
    await this.look();
    const reports = await Promise.all(this.known.map((run) => this.reportOf(run, links)));
    return reports.filter((report) => report !== undefined);
  }

  private look(): Promise<void> {
    this.looked = this.looked.then(() => this.list());
    return this.looked;
  }

  private async list(): Promise<void> {
    const found = new Map(this.known.map((run) => [run.executionArn, run]));
    for (const stack of this.cloud.cloudFormation.stacks.active()) {
      for (const [output, machine] of machines) {
        const stateMachineArn = stack.outputs.find(({ key }) => key === output)?.value;
        if (stateMachineArn === undefined) continue;
        // A removal may already have deleted the machine.
        const { executions = [] } = await this.call('ListExecutions', { stateMachineArn, maxResults: kept }).catch(
          (): Output => ({}),
        );
        for (const each of executions as readonly Output[]) {
          const executionArn = String(each['executionArn']);
          const startedAt = each['startDate'] instanceof Date ? each['startDate'].getTime() : 0;
          found.set(executionArn, { executionArn, name: String(each['name']), machine, stack: stack.name, startedAt });
        }
      }
    }
    this.known = [...found.values()].sort((a, b) => b.startedAt - a.startedAt).slice(0, kept);
  }

  private async reportOf(run: Known, links: Readonly<Record<string, string>>): Promise<Report | undefined> {
    const { executionArn, machine, stack } = run;
    const before = this.ended.get(executionArn);
    if (before) return before;
    try {
      const { definition } = await this.call('DescribeStateMachineForExecution', { executionArn });
      const report = createReport(await this.history(executionArn), {
        executionArn,
        machine,
        stack,
        generatedAt: this.cloud.kernel.now(),
        definition,
        links,
      });
      if (report.outcome !== 'running') this.ended.set(executionArn, report);
      return report;
    } catch {
      // The machine was deleted with its runs before this one was read to its end.
      return undefined;
    }
  }

  private async history(executionArn: string): Promise<readonly HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await this.call('GetExecutionHistory', {
        executionArn,
        maxResults: 1000,
        ...(nextToken !== undefined && { nextToken }),
      });
      events.push(...(page['events'] as readonly HistoryEvent[]));
      if (typeof page['nextToken'] !== 'string') return events;
      nextToken = page['nextToken'];
    }
  }

  private call(operation: string, input: JsonObject): Promise<Output> {
    return this.cloud.kernel.call('states', operation, input, this.cloud.kernel.deployer);
  }
}

const machines = [
  ['SetupStateMachineArn', 'setup'],
  ['TeardownStateMachineArn', 'teardown'],
] as const;

/** The name of a run's execution: its address on the page. */
export function nameOf({ execution }: Pick<Report, 'execution'>): string {
  return execution.split(':').at(-1) ?? execution;
}

/**
 * The run to show where none was asked for: the one under way, which holds the lock, else the newest. Neither a run that
 * was refused the lock nor a look of `sls diff` takes its place.
 */
export function runToShow(newestFirst: readonly Report[]): Report | undefined {
  const own = newestFirst.filter((report) => !isRefused(report) && !startedByDiff(report));
  return own.findLast(({ outcome }) => outcome === 'running') ?? own[0] ?? newestFirst[0];
}
