/** A network interface that a service has created: Amazon Managed Grafana for a workspace, or Lambda for a function. */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly status: 'in-use' | 'available';
  readonly description: string;
  /** `interface` by default. */
  readonly interfaceType?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A service that creates interfaces. */
export interface InterfaceOwner {
  networkInterfaces(): readonly NetworkInterface[];
  /** Removes an interface that a caller has deleted. Only an `available` one can be deleted. */
  deleteNetworkInterface?(id: string): void;
}
