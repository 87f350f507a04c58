export interface NetworkInterface {
  readonly id: string;
  /** Nothing uses it any more, and it can be deleted. */
  readonly isAvailable: boolean;
}

export interface NetworkInterfaces {
  /** The interfaces with one of these security groups, in whatever subnet. */
  inGroups(securityGroupIds: readonly string[]): Promise<readonly NetworkInterface[]>;
  /** Deletes one that is available. One that is gone counts as done; false when EC2 does not do it (yet). */
  delete(id: string): Promise<boolean>;
}
