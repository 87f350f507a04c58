import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { connectAmg } from '../../../functions/adapters/amg';
import { connectAuditStore } from '../../../functions/adapters/audit-store';
import { grafanaSessions } from '../../../functions/adapters/grafana-session';
import { SIGNAL_GROUPS } from '../../../functions/domain/checks/names';
import type { Access, Grafana } from '../../../functions/domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../../../functions/domain/naming';
import type { Traffic } from '../../../functions/domain/traffic';
import { judgeResults } from '../../../functions/judge-results/judge-results';
import { systemClock } from '../../../functions/shared/clock';
import { content } from '../../../functions/shared/content';
import { sendSpans } from '../../../functions/tester/send-spans';
import { testService } from '../../../functions/tester/tester';
import { type VerdictReference, verifySignal } from '../../../functions/verify-signal/verify-signal';
import { findFreePorts } from '../../../local/cli/ports';
import { startTestCloud, type TestCloud } from '../../../local/tests/support/test-cloud';

const repository = resolve(__dirname, '../../..');

/** Result of the checks for one run of the tester. */
export interface Verified {
  readonly checks: readonly VerdictReference[];
  /** Names of the checks that are red. */
  readonly red: readonly string[];
  /** The error that the setup would end with; empty when it would continue. */
  readonly judged: string;
}

/** The whole stack, deployed by the unmodified CLI, with functions that run the tester and the checks against it. */
export interface DeployedStack {
  readonly cloud: TestCloud;
  readonly outputs: ReadonlyMap<string, string>;
  /** Grafana's HTTP API with an administrator's token. */
  readonly grafana: Grafana;
  /** The six calls, or `provoke` server errors. */
  runTester(name: string, provoke?: number): Promise<Traffic>;
  /** Runs all of the setup's checks with their own adapters. Each waits at most `deadline` ms (0: one attempt). */
  verify(traffic: Traffic, deadline: number, unexplainedRequests?: 'allow' | 'fail'): Promise<Verified>;
  /** Runs a verb of the CLI at this stack. Returns its output; throws when it fails. */
  sls(...args: readonly string[]): Promise<string>;
  /** The same, also when it fails. */
  run(...args: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** `parameters` as for `--param`. */
export async function deployStack(...parameters: readonly string[]): Promise<DeployedStack> {
  const ports = await findFreePorts();
  const region = 'eu-west-1';
  process.env['LOCAL_BACKENDS'] = 'standin';
  const cloud = await startTestCloud({
    port: ports.LOCAL_PORT,
    region,
    grafana: { port: ports.LOCAL_GRAFANA_PORT, throttle: 'off' },
  });
  try {
    Object.assign(process.env, cloud.environment);
    const settings = Object.entries(ports).map(([name, port]) => [name, String(port)]);
    const env = { ...process.env, ...Object.fromEntries(settings), SLS_AWS_MONITORING_FREQUENCY: '500' };
    const given = ['scrapeInterval=1s', ...parameters].map((parameter) => `--param=${parameter}`);
    const run = (...args: readonly string[]) => runCli([...args, ...given], env);
    const sls = async (...args: readonly string[]) => {
      const { code, output } = await run(...args);
      if (code !== 0) throw new Error(`sls ${args[0]} ended with exit code ${code}:\n${output.slice(-4000)}`);
      return output;
    };
    await sls('deploy');
    const outputs = new Map(
      cloud.cloudFormation.stacks
        .active()
        .flatMap((stack) => stack.outputs.map(({ key, value }) => [key, value] as const)),
    );
    const output = (key: string): string => outputs.get(key) ?? '';
    const amg = connectAmg();
    const [workspace] = cloud.grafana.workspaces();
    if (!workspace) throw new Error('the deploy made no workspace');
    const account = (await amg.serviceAccounts(workspace.id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
    const access: Access = {
      workspaceId: workspace.id,
      endpoint: workspace.url,
      grafanaVersion: `${workspace.version}.0`,
      serviceAccountId: account?.id ?? '',
    };
    const audit = connectAuditStore(output('AuditBucketName'));
    const { grafana, giveBack } = await borrow(access);
    const verify: DeployedStack['verify'] = async (traffic, longestDeadline, unexplainedRequests = 'fail') => {
      const input = { execution: `arn:x:execution:mutations:${traffic.run}`, access, traffic, verifyOnly: false };
      const deps = {
        session: async <Result>(_access: Access, _purpose: string, work: (lent: Grafana) => Promise<Result>) =>
          work(grafana),
        audit,
        content,
        clock: systemClock,
        counting: { unexplainedRequests, scrapeInterval: 1_000, stage: 'local' },
        alertTopicArn: output('AlertTopicArn'),
        longestDeadline,
      };
      const groups = await Promise.all(SIGNAL_GROUPS.map((item) => verifySignal({ ...input, item }, deps)));
      const checks = groups.flatMap((group) => group.checks);
      const judged = await judgeResults({ steps: [], checks }, { notEvaluated: 'allow' }).then(
        () => '',
        (error: Error) => error.message,
      );
      return { checks, red: checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name), judged };
    };
    return {
      cloud,
      outputs,
      grafana,
      verify,
      sls,
      run,
      runTester: (run, provoke) =>
        testService(
          { run, provoke },
          {
            serviceUrl: output('ServiceUrl'),
            now: () => new Date(),
            timeout: 8_000,
            stack: 'stack',
            stage: 'local',
            // Not awaited: the proxy before Tempo holds telemetry until each trace has its mutation.
            send: async (request) => {
              void sendSpans(
                `${output('TempoUrl').replace(/:\d+$/, `:${ports.LOCAL_OTLP_PORT}`)}/v1/traces`,
                request,
                60_000,
              );
              return undefined;
            },
            record: () => undefined,
            log: () => undefined,
          },
        ),
      close: async () => {
        await giveBack();
        await cloud.close();
      },
    };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

/** One token for the whole file, created and deleted by the setup's session code. */
async function borrow(access: Access): Promise<{ readonly grafana: Grafana; giveBack(): Promise<void> }> {
  const lent = Promise.withResolvers<Grafana>();
  const done = Promise.withResolvers<void>();
  const session = grafanaSessions(connectAmg(), systemClock)(access, 'mutations', (grafana) => {
    lent.resolve(grafana);
    return done.promise;
  });
  session.catch(lent.reject);
  const grafana = await lent.promise;
  return {
    grafana,
    giveBack: async () => {
      done.resolve();
      await session;
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const { promise, resolve: done, reject } = Promise.withResolvers<Ended>();
  const bin = join(repository, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const child = spawn(process.execPath, [bin, ...args, '--stage', 'local'], {
    cwd: repository,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.on('error', reject).on('close', (code) => done({ code, output }));
  return promise;
}
