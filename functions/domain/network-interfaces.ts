export interface NetworkInterfaces {
  /** Ids of the interfaces that AMG made in these subnets (they are tagged AmazonGrafanaManaged). */
  ofGrafana(subnetIds: readonly string[]): Promise<readonly string[]>;
}
