/** An interface that some service has put into a subnet: Amazon Managed Grafana for a workspace, Lambda for its functions. */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly status: 'in-use' | 'available';
  readonly description: string;
  /** `interface` unless told. */
  readonly interfaceType?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where interfaces come from. */
export interface InterfaceOwner {
  networkInterfaces(): readonly NetworkInterface[];
  /** Forgets one that somebody deleted; only an `available` one can be. */
  deleteNetworkInterface?(id: string): void;
}
