export interface NetworkInterfaces {
  /** Ids of the interfaces with one of these security groups, in whatever subnet. */
  inGroups(securityGroupIds: readonly string[]): Promise<readonly string[]>;
}
