export interface NetworkInterface {
  readonly id: string;
  /** Nothing uses the interface, so it can be deleted. */
  readonly isAvailable: boolean;
}

export interface NetworkInterfaces {
  /** The interfaces with one of these security groups, in any subnet. */
  inGroups(securityGroupIds: readonly string[]): Promise<readonly NetworkInterface[]>;
  /** Deletes an available interface. A missing one counts as deleted. Returns false if EC2 refuses (for now). */
  delete(id: string): Promise<boolean>;
}
