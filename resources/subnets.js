/**
 * The subnets that tasks, load balancers, functions and the workspace use: the stack's own, or those that parameters
 * name. Decided here, because the framework's schema of a function's `vpc` does not accept `Fn::If`.
 */
const choose =
  (parameter, own) =>
  async ({ resolveVariable }) => {
    const existing = await resolveVariable('param:vpcId');
    if (!existing) return own.map((logicalId) => ({ Ref: logicalId }));
    return String(await resolveVariable(`param:${parameter}`))
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== '');
  };

/** The zone of a new VPC's subnets: the one that `availabilityZones` names, or the region's first and second. */
const zone =
  (index) =>
  async ({ resolveVariable }) => {
    const names = String(await resolveVariable('param:availabilityZones')).split(',');
    const name = names[index]?.trim();
    return names.length > 1 && name ? name : { 'Fn::Select': [index, { 'Fn::GetAZs': '' }] };
  };

module.exports = {
  zoneA: zone(0),
  zoneB: zone(1),
  private: choose('privateSubnetIds', ['PrivateSubnetA', 'PrivateSubnetB']),
  public: choose('publicSubnetIds', ['PublicSubnetA', 'PublicSubnetB']),
};
