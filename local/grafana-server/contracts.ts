import type { JournalEntry, TemporaryCredentials } from '../kernel/contracts';
import type { FaultPlan } from './faults';
import type { FrontEnd } from './front-end/front-end';

export type GrafanaRole = 'ADMIN' | 'EDITOR' | 'VIEWER';

/** The owner of a bearer token. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly role: GrafanaRole;
}

export interface WorkspaceConfigurationView {
  readonly plugins: { readonly pluginAdminEnabled: boolean };
  readonly unifiedAlerting: { readonly enabled: boolean };
}

/** What a workspace's Grafana gets from the control plane. */
export interface WorkspaceOptions {
  readonly workspaceId: string;
  /** `10.4`, `12.4`, `13.2`. */
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  /** The endpoint of AWS's APIs (SNS). */
  readonly awsEndpoint: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly faults: FaultPlan;
  readonly frontEnd: FrontEnd;
  /** The values of `sigV4AuthType` that make Grafana sign as the workspace role. */
  readonly signIns: readonly string[];
  readonly now: () => number;
  readonly alertBaseIntervalMs: number;
  readonly closing: AbortSignal;
  journal(entry: JournalEntry): void;
  configuration(): WorkspaceConfigurationView;
  /** The workspace role's credentials; throws AwsError when the role does not trust grafana.amazonaws.com. */
  credentials(): TemporaryCredentials;
  identify(key: string): Identity | 'unknown' | 'expired';
}

/** The running Grafana of a workspace, stand-in or real. */
export interface WorkspaceServer {
  readonly url: string;
  readonly label: string;
  /** Settles when it can be made available; rejects when it cannot be started. */
  readonly ready: Promise<void>;
  /** While unavailable (CREATING, restarting, DELETING) every request gets 503. */
  setAvailable(available: boolean): void;
  setVersion(version: string): void;
  close(): Promise<void>;
}
