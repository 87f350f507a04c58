import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { diffPrefix, stepsOf, type Timeline } from '../../report';
import { startExecution } from '../aws/executions';
import type { Stack } from '../aws/stack';
import type { Context } from '../context';
import { exitCodes, exitWith } from '../exit-codes';
import type { Template } from '../serverless';
import { conclude } from '../watch/conclusion';
import { followQuietly } from '../watch/run-machine';
import { diffTemplates, type TemplateChange } from './template-diff';

export interface WorkspaceChange {
  readonly step: string;
  readonly detail: string;
}

/** What a verification found. `missed`: why it did not look at the whole workspace. */
export interface WorkspaceDiff {
  readonly changes: readonly WorkspaceChange[];
  /** What was changed by hand outside the workspace; neither a deploy nor a setup puts it back. */
  readonly ofStack?: string;
  readonly missed?: string;
}

/**
 * `sls diff`: what the next deploy would change in the template, and, unless `--no-workspace`, what the next setup
 * would change in the workspace (a run of the setup that changes nothing, with the content that is deployed). Exits with
 * 2 if it could not look at the whole workspace.
 */
export async function diff(context: Context): Promise<void> {
  const { terminal, serverless } = context;
  const stack = await context.stack();
  const deployed = await deployedTemplate(context);
  await serverless.pluginManager.spawn('package');
  const packaged = serverless.service.provider.compiledCloudFormationTemplate;
  if (!packaged) throw new Error('the framework packaged no template');
  const code = await codeHashes(context, deployed, packaged);
  const template = diffTemplates(deployed, packaged, (logicalId, side) => code[side].get(logicalId));
  const workspace = context.flag('workspace', true) ? await workspaceChanges(context, stack) : undefined;
  if (workspace?.missed !== undefined) exitWith(exitCodes.executionFailed);
  if (context.flag('json')) {
    const { changes, missed, ofStack } = workspace ?? {};
    const found = { ...(changes && { workspace: changes }), ...(ofStack && { ofStack }), ...(missed && { missed }) };
    return terminal.line(JSON.stringify({ template, ...found }, undefined, 2));
  }
  terminal.line(terminal.style('bold', 'Template: what the next deploy would change'));
  for (const line of templateLines(template, context)) terminal.line(line);
  if (!workspace) return;
  terminal.line(
    terminal.style('bold', 'Workspace: what the next setup would change (with the content that is deployed)'),
  );
  for (const { step, detail } of workspace.changes)
    terminal.line(`  ${terminal.style('yellow', '~')} ${step}: ${detail}`);
  if (workspace.missed !== undefined)
    terminal.line(
      `  ${terminal.style('red', '✖')} The workspace could not be looked at as a whole: ${workspace.missed}`,
    );
  else if (workspace.changes.length === 0) terminal.line('  nothing');
  if (workspace.ofStack === undefined) return;
  terminal.line(terminal.style('bold', 'Changed by hand outside the workspace: what neither of them puts back'));
  terminal.line(`  ${terminal.style('yellow', '~')} ${workspace.ofStack}`);
}

export function templateLines(
  changes: readonly TemplateChange[],
  { terminal }: Pick<Context, 'terminal'>,
): readonly string[] {
  if (changes.length === 0) return ['  nothing'];
  const marks = {
    added: terminal.style('green', '+'),
    removed: terminal.style('red', '-'),
    changed: terminal.style('yellow', '~'),
  };
  return changes.map(({ change, what, type, members }) => {
    const where =
      members.length > 0
        ? `: ${members.slice(0, 4).join(', ')}${members.length > 4 ? ` and ${members.length - 4} more` : ''}`
        : '';
    return `  ${marks[change]} ${what}${type ? terminal.style('dim', ` (${type})`) : ''}${where}`;
  });
}

async function deployedTemplate(context: Context): Promise<Template> {
  const client = await context.client(CloudFormationClient);
  const { TemplateBody } = await client.send(
    new GetTemplateCommand({ StackName: context.stackName, TemplateStage: 'Original' }),
  );
  return JSON.parse(TemplateBody ?? '{"Resources":{}}') as Template;
}

interface CodeHashes {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/**
 * SHA-256 of each function's archive: the deployed one's as the framework noted it beside the object, the packaged
 * one's from the file.
 */
async function codeHashes(context: Context, deployed: Template, packaged: Template): Promise<CodeHashes> {
  const s3 = await context.s3();
  const Bucket = await context.serverless.getProvider('aws').getServerlessDeploymentBucketName();
  const before = await hashes(deployed, async (key) => {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: key }));
    return Metadata?.['filesha256'];
  });
  const after = await hashes(packaged, async (key) => {
    const file = path.join(context.serverless.serviceDir, '.serverless', path.posix.basename(key));
    return createHash('sha256')
      .update(await readFile(file))
      .digest('base64');
  });
  return { before, after };
}

async function hashes(
  template: Template,
  read: (key: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const functions = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  const found = await Promise.all(
    functions.map(async ([logicalId, { Properties }]) => {
      const key = (Properties?.['Code'] as { readonly S3Key?: unknown } | undefined)?.S3Key;
      const hash = typeof key === 'string' ? await read(key).catch(() => undefined) : undefined;
      return [logicalId, hash] as const;
    }),
  );
  return new Map(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

async function workspaceChanges(context: Context, stack: Stack): Promise<WorkspaceDiff | undefined> {
  const machine = stack.outputs['SetupStateMachineArn'];
  if (!machine) return undefined;
  const client = await context.stepFunctions();
  const arn = await startExecution(client, machine, { mode: 'verify' }, `${diffPrefix}${randomUUID()}`);
  const timeline = await followQuietly(context, 'setup', arn);
  const missed = missedOf(timeline);
  const found = drifted(timeline);
  const ofStack = found.find(({ step }) => step === 'CompareStack')?.detail;
  return {
    changes: found.filter(({ step }) => step !== 'CompareStack'),
    ...(ofStack !== undefined && { ofStack }),
    ...(missed !== undefined && { missed }),
  };
}

/** JudgeResults comes after everything was looked at. Checks that fail there change nothing in the workspace. */
function missedOf(timeline: Timeline): string | undefined {
  const { outcome, failedStep, error, cause } = conclude('setup', timeline);
  if (outcome === 'succeeded' || failedStep === 'JudgeResults') return undefined;
  return `${failedStep === undefined ? '' : `${failedStep}: `}${error}, ${cause}`;
}

function drifted(timeline: Timeline): readonly WorkspaceChange[] {
  return stepsOf(timeline).flatMap((step) => {
    const lines = step.items.length > 0 ? step.items : [step];
    return lines
      .filter(({ change }) => change === 'drifted')
      .map(({ detail }) => ({ step: step.name, detail: detail ?? '' }));
  });
}
