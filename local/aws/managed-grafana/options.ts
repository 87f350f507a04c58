import type { ResolvedBackend } from '../../engines';
import type { FaultPlan } from '../../grafana-server/faults';
import type { FrontEndOptions } from '../../grafana-server/front-end/front-end';
import type { Directory } from '../identity';

/** Looks up a subnet or a security group; undefined when the account has none with this id. */
export interface NetworkLookup {
  subnet(
    id: string,
  ): { readonly vpcId: string; readonly zone: string; readonly availableAddresses: number } | undefined;
  securityGroup(id: string): { readonly vpcId: string } | undefined;
}

export interface ThrottleOptions {
  readonly ratePerSecond: number;
  readonly describeRatePerSecond: number;
  readonly burst: number;
}

export interface GrafanaOptions {
  /** What ListVersions offers, oldest first; the newest is the default of CreateWorkspace. */
  readonly versions?: readonly string[];
  /** Duration of each transition in milliseconds; on AWS it takes minutes. */
  readonly delays?: Partial<Delays>;
  /**
   * AWS documents 1 request a second (5 for Describe; aws-facts: amg-request-rates) and no burst. With the default,
   * an ordinary run needs few retries. `off` disables throttling.
   */
  readonly throttle?: ThrottleOptions | 'off';
  /** Identity Center's directory. Without one, AWS_SSO is refused, as in an account without Identity Center. */
  readonly directory?: Directory;
  /** The stack's subnets and security groups. Without it only the form of identifiers is checked. */
  readonly network?: NetworkLookup;
  /**
   * Starts the server at a workspace's URL; by default the engine that local/engines finds: binary, Docker or stand-in.
   */
  readonly resolve?: () => Promise<ResolvedBackend>;
  /** Faults injected by a test, shared by the control plane and every workspace. */
  readonly faults?: FaultPlan;
  /**
   * Keys that DescribeWorkspaceConfiguration leaves out, e.g. `plugins.pluginAdminEnabled`. Newer versions' keys are
   * unknown.
   */
  readonly untoldConfiguration?: readonly string[];
  /** The requests that the workspaces' front end refuses; by default from LOCAL_AMG and LOCAL_AMG_REFUSE. */
  readonly frontEnd?: Partial<FrontEndOptions>;
  /**
   * The values of `sigV4AuthType` that sign as the workspace role; by default those of grafana-aws-sdk that need no
   * key.
   */
  readonly signIns?: readonly string[];
  readonly maxWorkspaces?: number;
  readonly maxTokens?: number;
  /** The first workspace's port; 0 (the default) takes a free one. Other workspaces always take a free one. */
  readonly port?: number;
  /** Interval of the alert scheduler; Grafana's own base interval is 10 s. */
  readonly alertBaseIntervalMs?: number;
}

export interface Delays {
  readonly create: number;
  readonly update: number;
  readonly restart: number;
  readonly delete: number;
  /** How long the network interfaces outlive their workspace. */
  readonly interfaces: number;
}

export const defaultDelays: Delays = { create: 400, update: 250, restart: 250, delete: 300, interfaces: 400 };
export const defaultThrottle: ThrottleOptions = { ratePerSecond: 1, describeRatePerSecond: 5, burst: 10 };
/** Amazon Managed Grafana user guide, "Grafana versions": 12.4 and 13.2 were added in 2026. */
export const defaultVersions = ['8.4', '9.4', '10.4', '12.4', '13.2'] as const;
