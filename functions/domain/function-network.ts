/** Where in a VPC a function runs; empty lists: outside of one. */
export interface FunctionNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface FunctionNetworks {
  /** Undefined when there is no such function. */
  of(functionName: string): Promise<FunctionNetwork | undefined>;
  /** Moves the function; resolves when Lambda has begun to, with false when it denies that. */
  place(functionName: string, network: FunctionNetwork): Promise<boolean>;
  /** Resolves when Lambda has finished what `place` began. */
  settled(functionName: string): Promise<void>;
}
