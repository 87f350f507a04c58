import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DescribeStateMachineForExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { buildTimeline, createReport, type Report, renderPage, startedByDiff, stepsOf } from '../../report';
import { type ExecutionSummary, endOf, lastExecution, readHistory, recentExecutions } from '../aws/executions';
import { output } from '../aws/stack';
import type { Context } from '../context';
import { problem } from '../problem';
import { reportLocation } from '../watch/conclusion';

/**
 * `sls report`: the report of the last setup or of a named run, from the audit bucket; made anew from the history when it
 * is not there.
 */
export async function report(context: Context): Promise<void> {
  const { terminal } = context;
  const stack = await context.stack();
  const client = await context.stepFunctions();
  const machine = output(stack, 'SetupStateMachineArn', context.command('deploy'));
  if (context.flag('list')) return list(context, await recentExecutions(client, machine));
  const wanted = context.option('run');
  const last =
    wanted === undefined ? await lastExecution(client, machine) : await named(context, client, machine, wanted);
  if (!last)
    throw problem('NoSetup', `The setup of ${stack.name} never ran. Run it with \`${context.command('setup')}\`.`);
  const found = await findReport(context, client, last.arn, stack.name);
  if (context.flag('json')) return terminal.line(JSON.stringify(found.report, undefined, 2));
  const file = path.resolve(
    context.serverless.serviceDir,
    context.option('output') ?? path.join('.serverless', `report-${last.name}.html`),
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, found.page);
  terminal.line(`${endOf(last)}, ${found.source}`);
  terminal.line(`  Report   ${terminal.style('cyan', file)}`);
  if (context.flag('open', terminal.interactive)) openInBrowser(file);
}

/** The last runs, newest first, each with the name that `--run` takes. */
function list(context: Context, runs: readonly ExecutionSummary[]): void {
  const { terminal } = context;
  if (context.flag('json')) {
    terminal.line(JSON.stringify(runs, undefined, 2));
    return;
  }
  for (const run of runs)
    terminal.line(`${run.name}  ${endOf(run)}${startedByDiff({ execution: run.arn }) ? ' (a look of sls diff)' : ''}`);
  terminal.line(
    runs.length === 0 ? 'The setup never ran.' : `One of them: \`${context.command('report --run <name>')}\``,
  );
}

async function named(context: Context, client: SFNClient, machine: string, wanted: string): Promise<ExecutionSummary> {
  const runs = await recentExecutions(client, machine);
  const found = runs.find(({ name, arn }) => name === wanted || arn === wanted);
  if (found) return found;
  throw problem(
    'NoSuchRun',
    `Among the last ${runs.length} runs of the setup none is called ${wanted}. \`${context.command('report --list')}\` lists them.`,
  );
}

interface FoundReport {
  readonly report: Report;
  readonly page: string;
  /** The source of the report, for messages. */
  readonly source: string;
}

async function findReport(
  context: Context,
  client: SFNClient,
  executionArn: string,
  stackName: string,
): Promise<FoundReport> {
  const events = await readHistory(client, executionArn);
  const timeline = buildTimeline(events);
  const location = reportLocation(stepsOf(timeline), timeline.failure?.message);
  const stored = location && timeline.outcome !== 'running' ? await download(await context.s3(), location) : undefined;
  if (stored) return stored;
  const definition = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn })).then(
    (answer) => answer.definition,
    () => undefined,
  );
  const made = createReport(events, {
    executionArn,
    machine: 'setup',
    stack: stackName,
    generatedAt: new Date(),
    definition,
  });
  return { report: made, page: renderPage(made), source: 'made from its history just now' };
}

/** The stored page and JSON of a report; undefined when they do not exist (expired, or never written). */
async function download(client: S3Client, location: string): Promise<FoundReport | undefined> {
  const [, Bucket, key] = /^s3:\/\/([^/]+)\/(.+?)(?:\.html)?$/.exec(location) ?? [];
  if (!Bucket || !key) return undefined;
  const text = async (Key: string): Promise<string> =>
    (await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
  try {
    const [page, json] = await Promise.all([text(`${key}.html`), text(`${key}.json`)]);
    return { page, report: JSON.parse(json) as Report, source: `from ${location}` };
  } catch (error) {
    if (error instanceof Error && /^(NoSuchKey|NotFound|NoSuchBucket)$/.test(error.name)) return undefined;
    throw error;
  }
}

/** Opens the page without waiting. If that is not possible, its path has been printed. */
function openInBrowser(file: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command ?? 'xdg-open', [...args, file], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
