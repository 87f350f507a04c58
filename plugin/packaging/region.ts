/** A sentence when the stack cannot be deployed in this region; undefined otherwise. aws-facts: amg-vpc-regions */
export function regionError(region: string): string | undefined {
  if (region !== 'ap-northeast-2') return undefined;
  return 'Amazon Managed Grafana has no private VPC connection in ap-northeast-2, through which the workspace reaches Loki and Tempo: deploy to another region with --region, for example ap-northeast-1.';
}
