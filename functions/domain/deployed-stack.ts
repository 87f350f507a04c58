export type Properties = Readonly<Record<string, unknown>>;

/** A resource as the deployed template declares it; intrinsic functions are not resolved. */
export interface DeclaredResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
}

export interface DeployedStack {
  declared(): Promise<readonly DeclaredResource[]>;
  /** The physical id of each resource that CloudFormation made, by logical id. It may no longer exist. */
  physicalIds(): Promise<ReadonlyMap<string, string>>;
}

/** Properties, named as in a template, by physical id. A resource that does not exist is left out. */
export type Settings = ReadonlyMap<string, Properties>;

export interface LogGroups {
  settings(names: readonly string[]): Promise<Settings>;
}

/** The types that people change by hand and that nothing else in the setup compares. */
export const COMPARED_TYPES = [
  'AWS::Logs::LogGroup',
  'AWS::CloudWatch::Alarm',
  'AWS::Events::Rule',
  'AWS::ECS::Service',
] as const;
export type ComparedType = (typeof COMPARED_TYPES)[number];
