/**
 * The subnets that tasks, load balancers, functions and the workspace use: the stack's own, or those that parameters name.
 * Decided here and not by `Fn::If`, for which the framework's schema of a function's `vpc` has no place.
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

module.exports = {
  private: choose('privateSubnetIds', ['PrivateSubnetA', 'PrivateSubnetB']),
  public: choose('publicSubnetIds', ['PublicSubnetA', 'PublicSubnetB']),
};
