/**
 * The errors of the two state machines. ASL matches the name. The message names the resource and the remedy, because
 * people read it in the execution, in the terminal and in the report.
 */
export class StepError extends Error {
  constructor(message: string, remedy: string, cause?: unknown) {
    super(`${message} ${remedy}`.trimEnd(), cause === undefined ? undefined : { cause });
  }
}

export class InvalidInput extends StepError {
  override readonly name = 'InvalidInput';
  constructor(state: string, problems: readonly string[]) {
    super(
      `${state} got an input that it cannot use: ${problems.join('; ')}.`,
      'Correct the input of the execution, or the state machine.',
    );
  }
}

export class ConfigurationIncomplete extends StepError {
  override readonly name = 'ConfigurationIncomplete';
  constructor(problems: readonly string[]) {
    super(
      `Environment variables are missing or wrong: ${problems.join(', ')}.`,
      "Set them in the function's function.yml and deploy again.",
    );
  }
}

export class SetupAlreadyRunning extends StepError {
  override readonly name = 'SetupAlreadyRunning';
  constructor(owner: string) {
    super(
      `Another execution holds the lock: ${owner}.`,
      'Wait until it has ended (sls setup --watch <its ARN>), or stop it, and run again.',
    );
  }
}

export class ServicesNotSteady extends StepError {
  override readonly name = 'ServicesNotSteady';
  constructor(services: string, minutes: number) {
    super(
      `Not steady after ${minutes} minutes: ${services}.`,
      'Read the logs of the tasks (/ecs/<stack>/<container>) and the events of the service, then run sls setup.',
    );
  }
}

export class ServiceMissing extends StepError {
  override readonly name = 'ServiceMissing';
  constructor(failures: string) {
    super(
      `ECS does not find these services: ${failures}.`,
      'If somebody deleted it by hand, a deploy of the same template does not bring it back: see "The stack differs from its template" in docs/troubleshooting.md. If its deployment was rolled back, mend the cause and deploy again.',
    );
  }
}

export class WorkspaceFailed extends StepError {
  override readonly name = 'WorkspaceFailed';
  constructor(workspace: string, status: string, reason?: string) {
    super(
      `Workspace ${workspace} is ${status}${reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`}.`,
      reason === undefined
        ? 'The AMG console shows the reason. Delete the workspace there if it cannot recover, then run sls setup.'
        : 'Put right what AMG names; delete the workspace in the AMG console when it cannot recover. Then run sls setup.',
    );
  }
}

export class WorkspaceTimedOut extends StepError {
  override readonly name = 'WorkspaceTimedOut';
  constructor(workspace: string, status: string) {
    super(
      `Workspace ${workspace} is still ${status} after its deadline.`,
      'Look at the AWS Health Dashboard, then run sls setup again: it continues where this run stopped.',
    );
  }
}

export class WorkspaceMissing extends StepError {
  override readonly name = 'WorkspaceMissing';
  constructor(name: string) {
    super(`There is no workspace ${name} of this stack.`, 'Run sls setup (without --verify) to create it.');
  }
}

/** The workspace has no service account of the setup. */
export class ServiceAccountMissing extends StepError {
  override readonly name = 'ServiceAccountMissing';
  constructor(workspaceId: string) {
    super(`The workspace ${workspaceId} has no service account of the setup.`, 'Run sls setup to create it.');
  }
}

export class WorkspaceNameTaken extends StepError {
  override readonly name = 'WorkspaceNameTaken';
  constructor(name: string, ids: readonly string[]) {
    super(
      `Several workspaces are called ${name} and carry this stack's tag: ${ids.join(', ')}.`,
      'Delete or rename all but the one to keep, then run sls setup.',
    );
  }
}

export class VersionUnavailable extends StepError {
  override readonly name = 'VersionUnavailable';
  constructor(wanted: string, available: readonly string[]) {
    super(
      `AMG does not offer Grafana ${wanted} here; it offers ${available.join(', ')}.`,
      'Choose one of them with --param=grafanaVersion=… and deploy again.',
    );
  }
}

export class VersionNotReversible extends StepError {
  override readonly name = 'VersionNotReversible';
  constructor(workspaceId: string, present: string, wanted: string) {
    super(
      `Workspace ${workspaceId} runs Grafana ${present}, and AMG cannot downgrade it to ${wanted}.`,
      `Deploy with --param=grafanaVersion=${present}, or remove the stack and deploy it again.`,
    );
  }
}

export class IdentityCenterMissing extends StepError {
  override readonly name = 'IdentityCenterMissing';
  constructor() {
    super(
      'AMG refuses to let users of Identity Center log in, because the organization has none.',
      'Enable IAM Identity Center for the organization, or deploy with --param=authenticationProviders=SAML (docs/login.md).',
    );
  }
}

export class LoginRefused extends StepError {
  override readonly name = 'LoginRefused';
  constructor(reason: string) {
    super(
      `AMG refuses the SAML configuration: ${reason.replace(/\.$/, '')}.`,
      'Correct the parameters that begin with saml and deploy again (docs/login.md).',
    );
  }
}

export class LoginNotConfigured extends StepError {
  override readonly name = 'LoginNotConfigured';
  constructor(workspace: string, found: string) {
    super(
      `Workspace ${workspace} has not applied the log-in settings within its deadline: ${found}.`,
      'Look at Authentication in the AMG console, correct the parameters that begin with saml, and run sls setup again (docs/login.md).',
    );
  }
}

export class AccessNotGranted extends StepError {
  override readonly name = 'AccessNotGranted';
  constructor(who: string, cause?: unknown) {
    super(
      `AMG did not assign: ${who}.`,
      'Check that the ids exist in Identity Center. If the error persists, assign the roles in the AMG console.',
      cause,
    );
  }
}

/** `workspace` can be put back by the setup; `stack`, which CompareStack found, ends with its own remedy. */
export class DriftFound extends StepError {
  override readonly name = 'DriftFound';
  constructor(workspace: string | undefined, stack?: string) {
    const ofStack = stack === undefined ? [] : [`The stack differs from its template: ${stack}`];
    const ofWorkspace =
      workspace === undefined
        ? []
        : [
            `The workspace differs from what is deployed: ${workspace}.`,
            'Run sls setup to put it right, or take the change into grafana/ and deploy.',
          ];
    const [first = '', ...rest] = [...ofWorkspace, ...ofStack];
    super(first, rest.join(' '));
  }
}

export class SignalsNotVerified extends StepError {
  override readonly name = 'SignalsNotVerified';
  constructor(what: string) {
    super(what, 'The evidence of every check is in the report.');
  }
}

export class TesterCallsFailed extends StepError {
  override readonly name = 'TesterCallsFailed';
  constructor(calls: readonly string[]) {
    super(
      `The service did not answer as expected: ${calls.join('; ')}.`,
      "Read the data processor's log by the trace ids above.",
    );
  }
}

export class GrafanaUnavailable extends StepError {
  override readonly name = 'GrafanaUnavailable';
  constructor(
    request: string,
    reason: string,
    cause?: unknown,
    /** The HTTP status, if there was a response. */
    readonly status?: number,
  ) {
    super(
      `Grafana did not answer ${request}: ${reason}.`,
      'The request is retried. If the error persists, look at the status of the workspace and its VPC.',
      cause,
    );
  }
}

/** AWS did not respond, or the response cannot be from AWS. `$retryable` makes the SDK retry. */
export class AwsUnavailable extends StepError {
  override readonly name = 'AwsUnavailable';
  readonly $retryable = { throttling: false };
  constructor(operation: string, reason: string, cause?: unknown) {
    super(
      `AWS did not answer ${operation}: ${reason}.`,
      'The call is retried. If the error persists, look at what is between the function and AWS (a proxy, a VPC endpoint, AWS_ENDPOINT_URL) and at the AWS Health Dashboard.',
      cause,
    );
  }
}

/** Grafana refused the request with a 4xx that a retry does not fix. */
export class GrafanaRejected extends StepError {
  override readonly name = 'GrafanaRejected';
  constructor(
    request: string,
    readonly status: number,
    readonly answer: string,
  ) {
    super(
      `Grafana answered ${request} with ${status}: ${answer || 'no reason given'}.`,
      'Compare the file under grafana/ with what this Grafana version accepts.',
    );
  }
}

/** A user's object has the name that one of the stack's objects needs. Neither was changed. */
export class NameTaken extends StepError {
  override readonly name = 'NameTaken';
  constructor(ours: string, uid: string, other: string, cause?: unknown) {
    super(
      `The setup cannot write the ${ours} (uid ${uid}): another one in the workspace, with the uid ${other}, has this name.`,
      `Rename or delete the one with the uid ${other} in Grafana, then run sls setup.`,
      cause,
    );
  }
}

/** An object that the setup did not make has the uid of one of the stack's. It was not changed. */
export class UidTaken extends StepError {
  override readonly name = 'UidTaken';
  constructor(ours: string, uid: string) {
    super(
      `The setup cannot write the ${ours}: something that it did not make has its uid, ${uid}.`,
      `Save it under another uid in Grafana if you need it, delete the one with the uid ${uid}, then run sls setup.`,
    );
  }
}

/** The interval of a rule group cannot be written without making a user's rule in it read-only, or editable. */
export class GroupShared extends StepError {
  override readonly name = 'GroupShared';
  constructor(group: string, interval: number, theirs: readonly string[]) {
    super(
      `The rule group ${group} is not evaluated every ${interval} s, and the setup cannot correct that without a change to the rules of users in it: ${theirs.join(', ')}. Some of the group's rules are provisioned and some are not.`,
      `Move the rules of users to another group, or set the interval to ${interval} s where they are provisioned, then run sls setup.`,
    );
  }
}

/** Grafana accepted a write and returns another value afterwards. */
export class ChangeNotKept extends StepError {
  override readonly name = 'ChangeNotKept';
  constructor(ours: string, differences: readonly string[]) {
    super(
      `Grafana accepted the ${ours}, but returns it with a difference: ${differences.slice(0, 5).join(', ')}.`,
      'Look in Grafana for what changes it at the same time, then run sls setup. Otherwise compare the file under grafana/ with what this Grafana version accepts.',
    );
  }
}

/**
 * The front end of Amazon Managed Grafana lets only some routes of Grafana's HTTP API through. This is not one of them.
 */
export class RouteNotAllowed extends StepError {
  override readonly name = 'RouteNotAllowed';
  constructor(readonly route: string) {
    super(
      `The front end of this workspace refuses ${route} ("Not allowed"): Amazon Managed Grafana does not let this route through to Grafana.`,
      'A retry does not help. Look for the route in docs/aws-facts.md, section "Workspace front end"; another Grafana version (--param=grafanaVersion=…) may let it through.',
    );
  }
}

export class NetworkAccessRefused extends StepError {
  override readonly name = 'NetworkAccessRefused';
  constructor(route: string) {
    super(
      `The workspace answered ${route} with "Forbidden": its network access control does not admit the setup's functions.`,
      'Take the network access control off the workspace (AMG console, Network access control), or admit the addresses from which the functions call, then run sls setup.',
    );
  }
}

/**
 * Seen on a 10.4 workspace: its API refuses the contact point that its own page accepts.
 * aws-facts: sns-contact-point-10
 */
export class SnsContactPointRefused extends StepError {
  override readonly name = 'SnsContactPointRefused';
  constructor(contactPoint: string, answer: string, cause: unknown) {
    super(
      `This workspace refuses the SNS contact point "${contactPoint}" by its API: ${answer}. Amazon Managed Grafana 10.4 was seen to do so, although its own page accepts it.`,
      'Upgrade the workspace with --param=grafanaVersion=12.4 (AMG does not go back) and deploy again: from 12 on the API takes SNS contact points.',
      cause,
    );
  }
}

export class PluginNotInstalled extends StepError {
  override readonly name = 'PluginNotInstalled';
  constructor(plugin: string, version: string) {
    super(
      `Plugin ${plugin} is still missing from Grafana ${version} after its installation.`,
      'Check that the workspace reaches the plugin catalogue (NAT gateway), or install the plugin in the AMG console.',
    );
  }
}

export class DataSourceUnhealthy extends StepError {
  override readonly name = 'DataSourceUnhealthy';
  constructor(name: string, message: string) {
    super(
      `Data source ${name} is not healthy: ${message}.`,
      'Check the security groups between the workspace and its load balancer, and the policy of the workspace role.',
    );
  }
}

export class InterfacesLeft extends StepError {
  override readonly name = 'InterfacesLeft';
  constructor(what: string) {
    super(
      `Still there after the deadline: ${what}.`,
      'Run sls remove again in half an hour: AMG and Lambda delete their interfaces by themselves.',
    );
  }
}

/** The state machines retry an error of this name. */
export class ServiceUnavailable extends StepError {
  override readonly name = 'ServiceUnavailable';
  constructor(what: string) {
    super(`${what}.`, 'The call is retried. If the error persists, look at the AWS Health Dashboard.');
  }
}

export class ObjectNotDeleted extends StepError {
  override readonly name = 'ObjectNotDeleted';
  constructor(object: string, reason: string, cause?: unknown) {
    super(
      `${object} could not be deleted: ${reason}.`,
      'Look for an object lock or a policy that forbids it, delete it by hand, then run sls remove again.',
      cause,
    );
  }
}

export class AlertNotSeen extends StepError {
  override readonly name = 'AlertNotSeen';
  constructor(state: string, minutes: number) {
    super(
      `The drill's alert did not fire, arrive and resolve within ${minutes} minutes: ${state}.`,
      'Look at the rule and the contact point in Grafana, and at the policy of the alert topic.',
    );
  }
}

export class ServicesStillRunning extends StepError {
  override readonly name = 'ServicesStillRunning';
  constructor(services: string, minutes: number) {
    super(
      `Not stopped after ${minutes} minutes: ${services}.`,
      'Look at the events of the service in the ECS console, then run sls remove again.',
    );
  }
}

export class TesterOutsideVpc extends StepError {
  override readonly name = 'TesterOutsideVpc';
  constructor(tester: string) {
    super(
      `The function ${tester} is not in the stack's subnets, so it cannot reach the service.`,
      'An interrupted sls remove leaves it outside: run sls setup to put it back, or sls remove to finish the removal. If sls setup ends with this error, look at the role of attachTester.',
    );
  }
}
