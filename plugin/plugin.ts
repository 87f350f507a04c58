import path from 'node:path';
import { BadServices, readServices } from '../params/services';
import { assertCredentials, verbsAtAws } from './aws/credentials';

import { useDeployedRole } from './aws/deployed-role';
import { assertStackIdle } from './aws/idle-stack';
import { isolateProcess } from './aws/isolate-process';
import type { Kept } from './aws/kept';
import { ensureServiceLinkedRoles } from './aws/service-linked-roles';
import { assertEndpointAnswers, stageEndpoint } from './aws/stage-endpoint';
import { commands } from './commands';
import { Context, typedParameter } from './context';
import { exitCodes, exitWith } from './exit-codes';
import { withEmptyParameters } from './packaging/empty-parameters';
import { bundleForLocalRun, packageFunctions } from './packaging/function-bundles';
import { metadataFileError } from './packaging/login-parameters';
import { lockPackaging } from './packaging/packaging-lock';
import { checkParameters, type Schema, zonesError } from './packaging/parameters';
import { withPositionalName } from './packaging/positional-name';
import { regionError } from './packaging/region';
import { type ConditionalTemplate, resolveConditions } from './packaging/resolve-conditions';
import { packageServiceArtifact, uploadServiceArtifact } from './packaging/service-artifact';
import { stageError } from './packaging/stage-name';
import { Problem, problem } from './problem';
import { assertNotRefused } from './refused-verbs';
import type { CliOptions, Hooks, Serverless } from './serverless';
import { type ProgressUtils, processTerminal } from './terminal';
import { verbs } from './verbs/on-demand';
import { keepTesterReply } from './verbs/tester-output';

/** Adds the stack's own verbs to the Serverless Framework; lists which hook does what. */
export class GrafanaObservabilityPlugin {
  readonly commands = commands;
  readonly hooks: Hooks;
  private readonly context: Context;
  private releasePackaging: () => void = () => undefined;
  /** Of the parameters. */
  private warnings: readonly string[] = [];
  /** What a removal keeps; read before the stack is deleted. */
  private kept: Kept | undefined;
  private endProgress: () => void = () => undefined;
  private showTesterReply: () => Promise<void> = async () => undefined;

  constructor(
    private readonly serverless: Serverless,
    _options: CliOptions,
    utils: ProgressUtils,
  ) {
    // Not in a hook: the framework resolves variables, and creates its first AWS client, before any hook runs.
    if (!serverless.processedInput.isHelpRequest) this.shown(() => this.checkInput());
    this.context = new Context(serverless, processTerminal(utils), this.useStageEndpoint());
    this.hooks = this.guarded({
      initialize: () => this.initialize(),
      'after:aws:package:finalize:mergeCustomProviderResources': () =>
        resolveConditions(serverless.service.provider.compiledCloudFormationTemplate as unknown as ConditionalTemplate),
      'before:aws:package:finalize:saveServiceState': () => packageServiceArtifact(serverless),
      'before:deploy:deploy': async () => {
        await assertStackIdle(this.context);
        await this.ensureRoles();
      },
      'before:package:cleanup': () => this.lockPackaging(),
      'before:package:createDeploymentArtifacts': () => packageFunctions(serverless),
      'before:deploy:function:packageFunction': () => packageFunctions(serverless, this.context.option('function')),
      'before:invoke:local:invoke': () => bundleForLocalRun(serverless, this.context.option('function') ?? ''),
      'after:aws:deploy:deploy:uploadArtifacts': async () => void (await uploadServiceArtifact(serverless)),
      // Checked again, because the uploads take a while.
      'before:aws:deploy:deploy:updateStack': async () => {
        await assertStackIdle(this.context);
        this.endProgress = verbs.stackProgress.tellStackProgress(this.context, 'deploys');
      },
      'after:aws:deploy:deploy:updateStack': () => this.endProgress(),
      'after:deploy:deploy': async () => {
        this.releasePackaging();
        this.leaveFunctionsOut();
        await verbs.setup.setupAfterDeploy(this.context);
      },
      'before:deploy:function:deploy': () => useDeployedRole(this.context),
      'setup:setup': async () => verbs.setup.setup(this.context),
      'report:report': async () => verbs.report.report(this.context),
      'attach:attach': async () => verbs.attach.attach(this.context),
      'services:services': async () => verbs.services.services(this.context),
      'diagnose:diagnose': async () => verbs.diagnose.diagnose(this.context),
      'diff:diff': async () => verbs.diff.diff(this.context),
      'cost:cost': async () => verbs.cost.cost(this.context),
      'before:invoke:invoke': () => {
        this.showTesterReply = keepTesterReply(this.context, serverless.pluginManager.plugins);
      },
      'after:invoke:invoke': () => this.showTesterReply(),
      'before:info:info': () => this.beforeInfo(),
      'infoAsJson:print': () => this.info(),
      'after:info:info': () => {
        this.leaveFunctionsOut();
        return this.info();
      },
      'before:remove:remove': () => this.tearDown(),
      'after:remove:remove': () => this.sayWhatRemains(),
      finalize: () => {
        this.endProgress();
        this.context.close();
      },
    });
  }

  /** Directs this process to the stage's own endpoint, if it has one, and to no other. */
  private useStageEndpoint(): URL | undefined {
    const { processedInput, configurationInput } = this.serverless;
    if (processedInput.isHelpRequest) return undefined;
    const provider = this.serverless.getProvider('aws');
    const endpoint = this.shown(() => stageEndpoint(configurationInput, provider.getStage()));
    if (!endpoint) return undefined;
    isolateProcess(endpoint, provider.getRegion());
    return endpoint;
  }

  /**
   * Runs before a verb: warns of unusual parameters, and checks that the stage's endpoint answers or that there are AWS
   * credentials.
   */
  private async initialize(): Promise<void> {
    for (const warning of this.warnings) this.context.terminal.note(`Warning: ${warning}`);
    this.validateRegion();
    const wrongZones = zonesError(this.context.parameter('availabilityZones'), this.context.region);
    if (wrongZones !== undefined) throw problem('BadParameters', `${wrongZones} Nothing was changed.`);
    this.bundleMetadata();
    const { commands } = this.serverless.processedInput;
    const [verb] = commands;
    assertNotRefused(this.context, commands.join(' '));
    if (!this.context.endpoint) {
      if (verbsAtAws.has(commands.join(' '))) await assertCredentials(this.context);
      return;
    }
    // The framework prefers a profile to the keys of the environment, and reads the options again after it has loaded
    // the plugins.
    delete this.serverless.getProvider('aws').options['aws-profile'];
    if (verb && !offlineVerbs.has(verb)) await assertEndpointAnswers(this.context.endpoint, this.context.stage);
  }

  /** Before the framework has resolved serverless.yml's list of functions, it is still the text of a variable. */
  private functionNames(): readonly string[] {
    const declared: unknown = this.serverless.configurationInput?.functions;
    if (typeof declared === 'object' && declared !== null) return Object.keys(declared);
    return (require(path.join(this.serverless.serviceDir, 'functions')) as { names: readonly string[] }).names;
  }

  /** Throws a Problem with all errors in the stage's name and the parameters. */
  private checkInput(): void {
    const { service, configurationInput, processedInput } = this.serverless;
    const stage = this.serverless.getProvider('aws').getStage();
    const wrong = stageError(stage, service.service, this.functionNames());
    if (wrong !== undefined) throw problem('BadStage', `${wrong} Nothing was changed.`);
    const { schema } = require(path.join(this.serverless.serviceDir, 'params')) as { schema: Schema };
    const given = processedInput.options['param'];
    const params = configurationInput?.params;
    const configured = { ...params?.['default'], ...params?.[stage] };
    const { errors, warnings } = checkParameters(schema, Array.isArray(given) ? given.map(String) : [], configured);
    if (errors.length > 0)
      throw problem('BadParameters', `${errors.join('\n')}\nSee docs/parameters.md. Nothing was changed.`);
    const file = typedParameter(given, 'samlMetadataFile') ?? String(configured['samlMetadataFile'] ?? '');
    const wrongFile = metadataFileError(this.serverless.serviceDir, file);
    if (wrongFile !== undefined) throw problem('BadParameters', `${wrongFile} Nothing was changed.`);
    this.warnings = warnings;
    this.checkServices(stage);
    // The framework reads the command line again once the plugins are there.
    process.argv = withPositionalName(withEmptyParameters(process.argv));
  }

  private checkServices(stage: string): void {
    try {
      readServices(this.serverless.serviceDir, stage);
    } catch (error) {
      if (!(error instanceof BadServices)) throw error;
      throw problem('BadServices', `${error.message}\nSee docs/services/README.md. Nothing was changed.`);
    }
  }

  /** On AWS only: a stage's own endpoint has no regions. `diagnose` has it among its findings. */
  private validateRegion(): void {
    if (this.serverless.processedInput.commands[0] === 'diagnose') return;
    const wrong = this.context.endpoint ? undefined : regionError(this.serverless.getProvider('aws').getRegion());
    if (wrong !== undefined) throw problem('BadRegion', `${wrong} Nothing was changed.`);
  }

  /** The metadata is too large for a function's environment, so it goes into the zips of the functions that read it. */
  private bundleMetadata(): void {
    const file = this.context.parameter('samlMetadataFile');
    for (const name of file === '' ? [] : ['configureLogin', 'checkLogin']) {
      const declared = this.serverless.service.functions?.[name];
      if (declared) declared.package = { patterns: [file] };
    }
  }

  /**
   * Held until the stack is complete, because the framework reads its state file until then. A verb that only packages
   * holds it to its end.
   */
  private async lockPackaging(): Promise<void> {
    this.releasePackaging = await lockPackaging({
      file: path.join(this.serverless.serviceDir, '.packaging.lock'),
      onWaiting: (line) => this.context.terminal.note(line),
    });
  }

  private async ensureRoles(): Promise<void> {
    const refused = await ensureServiceLinkedRoles(await this.context.iam());
    for (const reason of refused) {
      this.context.terminal.note(
        `Warning: could not create the service-linked role ${reason}. If the role does not exist, the deployment will fail.`,
      );
    }
  }

  private async beforeInfo(): Promise<void> {
    // The framework's own error would not say how to deploy.
    await this.context.stack();
    if (this.context.flag('json')) await this.endWith('infoAsJson');
  }

  /** Hides the long list of functions, so that the URLs stay visible; `--verbose` shows it. */
  private leaveFunctionsOut(): void {
    if (!this.context.flag('verbose')) this.serverless.serviceOutputs?.delete('functions');
  }

  private async tearDown(): Promise<void> {
    const { tearDown } = verbs.remove;
    this.kept = await tearDown(this.context);
    if (this.kept) this.endProgress = verbs.stackProgress.tellStackProgress(this.context, 'deletes');
    else await this.endWith('nothingToRemove');
  }

  /** Runs an entry point of this plugin instead of the rest of the verb, which then succeeds. */
  private async endWith(entryPoint: string): Promise<void> {
    await this.serverless.pluginManager.spawn(entryPoint, { terminateLifecycleAfterExecution: true });
  }

  private async info(): Promise<void> {
    await verbs.info.info(this.context);
  }

  private async sayWhatRemains(): Promise<void> {
    this.endProgress();
    if (this.context.endpoint || !this.kept) return;
    const { remains } = verbs.remove;
    for (const line of remains(this.kept)) this.context.terminal.note(line);
  }

  /** Turns a Problem into the framework's own error, which is shown without a stack, and sets its exit code. */
  private guarded(hooks: Hooks): Hooks {
    const guard = (hook: Hooks[string]) => async (): Promise<void> => {
      try {
        await hook();
      } catch (error) {
        this.endProgress();
        this.context.close();
        throw this.asFrameworkError(error);
      }
    };
    return Object.fromEntries(Object.entries(hooks).map(([name, hook]) => [name, guard(hook)]));
  }

  private shown<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.asFrameworkError(error);
    }
  }

  private asFrameworkError(error: unknown): unknown {
    if (!(error instanceof Problem)) return error;
    if (error.exit) exitWith(exitCodes[error.exit]);
    return new this.serverless.classes.Error(error.message, error.name);
  }
}

/** These work without the stage's endpoint. */
const offlineVerbs: ReadonlySet<string> = new Set(['package', 'print']);
