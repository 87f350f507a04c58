/** Types of a running local cloud, for the command line, the page and the tests. */
import type { ApsModule } from '../aws/aps';
import type { CloudFormationService } from '../aws/cloudformation';
import type { EcsModule } from '../aws/ecs';
import type { ElbService } from '../aws/elb';
import type { LambdaOptions, LambdaService } from '../aws/lambda';
import type { GrafanaModule, GrafanaOptions } from '../aws/managed-grafana';
import type { PassiveService } from '../aws/passive';
import type { S3Backend } from '../aws/s3/contracts';
import type { SnsService } from '../aws/sns';
import type { LocalKernel } from '../kernel/create-kernel';

export interface CloudOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The directory under which `<port>/` holds this run's state; wiped at the start. */
  readonly directory: string;
  readonly region: string;
  readonly grafana?: Omit<GrafanaOptions, 'network'>;
  readonly lambda?: LambdaOptions;
  readonly now?: () => Date;
  /** The account's quotas by quota code (`L-3032A538`); AWS's defaults for all others. */
  readonly quotas?: Readonly<Record<string, number>>;
}

export interface Cloud {
  readonly endpoint: string;
  readonly port: number;
  /** State, logs and the journal of this run. */
  readonly directory: string;
  readonly kernel: LocalKernel;
  readonly cloudFormation: CloudFormationService;
  readonly lambda: LambdaService;
  readonly sns: SnsService;
  readonly elb: ElbService;
  readonly grafana: GrafanaModule;
  readonly ecs: EcsModule;
  readonly aps: ApsModule;
  readonly passive: PassiveService;
  readonly s3: S3Backend;
  /** Ends every process, timer and server of the cloud. */
  close(): Promise<void>;
}

/** A row of the table: a part of AWS, and what answers for it. */
export interface Part {
  readonly part: string;
  readonly answeredBy: string;
  readonly kind: 'real' | 'stand-in';
}

/** An address to open in a browser. */
export interface NamedUrl {
  readonly name: string;
  readonly url: string;
}
