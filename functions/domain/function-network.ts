/** A function's subnets and security groups; empty lists if it is in no VPC. */
export interface FunctionNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface FunctionNetworks {
  /** Undefined if the function does not exist. */
  of(functionName: string): Promise<FunctionNetwork | undefined>;
  /** Moves the function. Resolves when Lambda has started the change; with false if Lambda denies it. */
  place(functionName: string, network: FunctionNetwork): Promise<boolean>;
  /** Resolves when Lambda has finished the change that `place` started. */
  settled(functionName: string): Promise<void>;
}
