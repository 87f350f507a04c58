/**
 * What the probes of services.yml need: the tester's security group admits nothing out but what the stack itself needs,
 * so it gets a rule for the port of each probe. A URL may be inside the VPC or outside, so the rules name no address.
 */
const { attachedServices } = require('../params');

const portOf = ({ protocol, port }) => Number(port || (protocol === 'https:' ? 443 : 80));

/** `${file(resources/probes.js):resources}` */
exports.resources = async (variables) => {
  const probes = (await attachedServices(variables)).flatMap(({ probe }) => (probe ? [new URL(probe.url)] : []));
  const ports = [...new Set(probes.map(portOf))].sort((a, b) => a - b);
  const rule = (port) => [
    `TesterProbeEgress${port}`,
    {
      Type: 'AWS::EC2::SecurityGroupEgress',
      Properties: {
        GroupId: { 'Fn::GetAtt': ['TesterSecurityGroup', 'GroupId'] },
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        CidrIp: '0.0.0.0/0',
        Description: 'Probes of services.yml',
      },
    },
  ];
  return { Resources: Object.fromEntries(ports.map(rule)) };
};
