import {
  expectNone,
  list,
  ofType,
  type Properties,
  type Resource,
  references,
  type Template,
  templates,
} from './template';

const isPublic = ({ variant }: Template) => variant === 'public-https' || variant === 'existing-vpc';
const ownsVpc = ({ variant }: Template) => variant !== 'existing-vpc';

describe.each(templates)('network ($variant)', (each: Template) => {
  const byId = new Map(each.resources.map((resource) => [resource.id, resource]));
  const balancers = ofType(each, 'AWS::ElasticLoadBalancingV2::LoadBalancer');

  it('makes every load balancer internal, except the public one of publicCidr', () => {
    const outside = balancers.filter(({ Properties }) => Properties['Scheme'] !== 'internal').map(({ id }) => id);
    expect(outside).toEqual(isPublic(each) ? ['PublicLoadBalancer'] : []);
  });

  it('puts tasks and internal load balancers into private subnets, without public addresses', () => {
    const own = [{ Ref: 'PrivateSubnetA' }, { Ref: 'PrivateSubnetB' }];
    const privateSubnets = ownsVpc(each) ? own : ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
    for (const { Properties } of ofType(each, 'AWS::ECS::Service')) {
      const { AwsvpcConfiguration } = Properties['NetworkConfiguration'] as { AwsvpcConfiguration: Properties };
      expect(AwsvpcConfiguration).toMatchObject({ AssignPublicIp: 'DISABLED', Subnets: privateSubnets });
    }
    for (const { Properties } of balancers.filter(({ id }) => id !== 'PublicLoadBalancer')) {
      expect(Properties['Subnets']).toEqual(privateSubnets);
    }
    const inVpc = ofType(each, 'AWS::Lambda::Function').filter(({ Properties }) => Properties['VpcConfig']);
    expect(inVpc.map(({ id }) => id)).toEqual(['TesterLambdaFunction']);
    expect(inVpc[0]?.Properties['VpcConfig']).toMatchObject({ SubnetIds: privateSubnets });
  });

  it('gives no load balancer and no target group a physical name, because the limit is 32 characters', () => {
    const named = [...balancers, ...ofType(each, 'AWS::ElasticLoadBalancingV2::TargetGroup')];
    expectNone(named.filter(({ Properties }) => Properties['Name'] !== undefined).map(({ id }) => id));
  });

  it('keeps idle connections to Loki and Tempo longer than Grafana’s query time-out of 60 s', () => {
    for (const id of ['LokiLoadBalancer', 'TempoLoadBalancer']) {
      const attributes = list(byId.get(id)?.Properties['LoadBalancerAttributes']);
      const idle = attributes.find(({ Key }) => Key === 'idle_timeout.timeout_seconds');
      expect(Number(idle?.['Value'])).toBeGreaterThan(60);
    }
  });

  it('lets the service and the tester send to the gateway, and to no store', () => {
    const senders = JSON.stringify([byId.get('DataProcessorTaskDefinition'), byId.get('TesterLambdaFunction')]);
    const endpoints = [...senders.matchAll(/\{(\w+)\.DNSName\}:\d+\/(?:otlp\/)?v1\/(traces|logs)/g)];
    expect(endpoints.map(([, balancer, signal]) => `${balancer} ${signal}`)).toEqual([
      'GatewayLoadBalancer traces',
      'GatewayLoadBalancer logs',
      'GatewayLoadBalancer traces',
    ]);
  });

  it("checks the OTLP target group's health on the query port", () => {
    expect(byId.get('TempoOtlpTargetGroup')?.Properties).toMatchObject({
      Port: 4318,
      HealthCheckPort: '3200',
      HealthCheckPath: '/ready',
    });
  });

  it('opens no security group to the internet, except the public load balancer’s to publicCidr', () => {
    const open = ingress(each).filter(({ rule }) => rule['CidrIp'] !== undefined || rule['CidrIpv6'] !== undefined);
    const cidr = each.variant === 'existing-vpc' ? '0.0.0.0/0' : '198.51.100.0/24';
    expectNone(open.filter(({ group }) => group !== 'PublicLoadBalancerSecurityGroup').map(({ group }) => group));
    expect(open.map(({ rule }) => rule['CidrIp'])).toEqual(open.map(() => cidr));
    expect(open.length > 0).toBe(isPublic(each));
  });

  it('admits nothing but the listed connections', () => {
    const pairs = ingress(each).map(({ group, rule }) => `${source(rule)} → ${group}:${port(rule)}`);
    const local = each.variant === 'local';
    expect(pairs.sort()).toEqual(
      [
        `TesterSecurityGroup → DataProcessorLoadBalancerSecurityGroup:${local ? 4580 : 80}`,
        'DataProcessorLoadBalancerSecurityGroup → DataProcessorSecurityGroup:8080',
        ...['DataProcessorSecurityGroup', 'GrafanaSecurityGroup'].flatMap((group) => [
          `${group} → LokiLoadBalancerSecurityGroup:${local ? 4531 : 3100}`,
          `${group} → TempoLoadBalancerSecurityGroup:${local ? 4532 : 3200}`,
        ]),
        ...['DataProcessorSecurityGroup', 'TesterSecurityGroup'].map(
          (group) => `${group} → GatewayLoadBalancerSecurityGroup:${local ? 4518 : 4318}`,
        ),
        `ClientSecurityGroup → GatewayLoadBalancerSecurityGroup:${local ? 4518 : 4318}`,
        'GatewayLoadBalancerSecurityGroup → GatewaySecurityGroup:4318',
        'GatewayLoadBalancerSecurityGroup → GatewaySecurityGroup:13133',
        `GatewaySecurityGroup → LokiLoadBalancerSecurityGroup:${local ? 4531 : 3100}`,
        `GatewaySecurityGroup → TempoLoadBalancerSecurityGroup:${local ? 4533 : 4318}`,
        'LokiLoadBalancerSecurityGroup → LokiSecurityGroup:3100',
        'TempoLoadBalancerSecurityGroup → TempoSecurityGroup:3200',
        'TempoLoadBalancerSecurityGroup → TempoSecurityGroup:4318',
        ...(isPublic(each)
          ? [
              'publicCidr → PublicLoadBalancerSecurityGroup:80',
              'PublicLoadBalancerSecurityGroup → DataProcessorSecurityGroup:8080',
            ]
          : []),
        ...(each.variant === 'public-https'
          ? [
              'publicCidr → PublicLoadBalancerSecurityGroup:443',
              'ServiceScraperSecurityGroup → ClientSecurityGroup:2112',
              'ServiceScraperSecurityGroup → ClientSecurityGroup:9464',
            ]
          : []),
      ].sort(),
    );
  });

  it('lists egress in every security group itself, because otherwise EC2’s default rule (anything, anywhere) stays', () => {
    const silent = ofType(each, 'AWS::EC2::SecurityGroup').filter(
      ({ Properties }) => list(Properties['SecurityGroupEgress']).length === 0,
    );
    expectNone(silent.map(({ id }) => `${id} may send anything anywhere`));
    expectNone(ofType(each, 'AWS::EC2::SecurityGroupEgress').map(({ id }) => id));
  });

  it('makes the VPC, a NAT gateway and a gateway endpoint for S3, or none of them in an existing VPC', () => {
    const count = (type: string) => ofType(each, type).length;
    const nats = each.variant === 'production' ? 2 : 1;
    expect([count('AWS::EC2::VPC'), count('AWS::EC2::NatGateway'), count('AWS::EC2::EIP')]).toEqual(
      ownsVpc(each) ? [1, nats, nats] : [0, 0, 0],
    );
    expect(ofType(each, 'AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties['VpcEndpointType'])).toEqual(
      ownsVpc(each) ? ['Gateway'] : [],
    );
    expectNone(
      ofType(each, 'AWS::EC2::Subnet')
        .filter(({ Properties }) => Properties['MapPublicIpOnLaunch'] !== false)
        .map(({ id }) => id),
    );
  });

  // aws-facts: gateway-attachment. By type: resources with a public address or a route through the gateway.
  it('makes nothing with a public address before the internet gateway is attached, and detaches it after all of them', () => {
    const needGateway = each.resources.filter(({ Type, Properties }) => {
      if (Type === 'AWS::EC2::Route') return references(Properties['GatewayId'] ?? null).includes('InternetGateway');
      if (Type === 'AWS::EC2::NatGateway') return Properties['ConnectivityType'] !== 'private';
      if (Type === 'AWS::EC2::Instance' || Type === 'AWS::EC2::NetworkInterface') return true;
      if (Type.startsWith('AWS::ElasticLoadBalancing')) return Properties['Scheme'] === 'internet-facing';
      if (Type === 'AWS::RDS::DBInstance') return Properties['PubliclyAccessible'] === true;
      return ['AWS::EC2::EIP', 'AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::VPNGatewayRoutePropagation'].includes(
        Type,
      );
    });
    expect(needGateway.map(({ Type }) => Type)).toEqual(
      ownsVpc(each)
        ? expect.arrayContaining(['AWS::EC2::Route', 'AWS::EC2::EIP', 'AWS::EC2::NatGateway'])
        : ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
    );
    if (!ownsVpc(each)) return;
    expectNone(
      needGateway.filter(({ DependsOn }) => !DependsOn?.includes('InternetGatewayAttachment')).map(({ id }) => id),
    );
  });

  // aws-facts: lambda-deletes-interfaces-by-role
  it('keeps the role of a function in the VPC until its subnets and security groups are deleted', () => {
    const kept = ofType(each, 'AWS::Lambda::Function').flatMap(({ Properties }) => {
      const [role = ''] = references(Properties['Role'] ?? null);
      return references(Properties['VpcConfig'] ?? null).map((id) => ({ id, role }));
    });
    expect(kept.map(({ id }) => id)).toContain('TesterSecurityGroup');
    expectNone(
      kept.filter(({ id, role }) => !byId.get(id)?.DependsOn?.includes(role)).map(({ id, role }) => `${id}: ${role}`),
    );
  });

  it('puts the subnets into the two zones that availabilityZones names, or into the first two of the region', () => {
    const first = (index: number) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] });
    const [a, b] = each.variant === 'public-https' ? ['eu-west-1a', 'eu-west-1c'] : [first(0), first(1)];
    expect(ofType(each, 'AWS::EC2::Subnet').map(({ id, Properties }) => [id, Properties['AvailabilityZone']])).toEqual(
      ownsVpc(each)
        ? [
            ['PublicSubnetA', a],
            ['PublicSubnetB', b],
            ['PrivateSubnetA', a],
            ['PrivateSubnetB', b],
          ]
        : [],
    );
  });

  it('starts no task before its route for pulling images exists', () => {
    if (!ownsVpc(each)) return expect(ofType(each, 'AWS::EC2::Route')).toEqual([]);
    for (const { DependsOn } of ofType(each, 'AWS::ECS::Service')) {
      expect(DependsOn).toEqual(expect.arrayContaining(['PrivateRouteA', 'PrivateRouteB', 'S3Endpoint']));
    }
  });

  it('keeps /metrics and the fault switch from the public address, which is HTTPS when there is a certificate', () => {
    const rules = ofType(each, 'AWS::ElasticLoadBalancingV2::ListenerRule');
    expect(rules).toHaveLength(isPublic(each) ? 2 : 0);
    for (const { Properties } of rules) {
      expect(JSON.stringify(Properties['Conditions'])).toMatch(/"\/metrics"|"x-fault"/);
      expect(Properties['Actions']).toMatchObject([{ Type: 'fixed-response' }]);
      expect(Properties['ListenerArn']).toEqual({
        Ref: each.variant === 'public-https' ? 'PublicHttpsListener' : 'PublicHttpListener',
      });
    }
    if (each.variant === 'public-https') {
      expect(byId.get('PublicHttpListener')?.Properties['DefaultActions']).toMatchObject([{ Type: 'redirect' }]);
      expect(byId.get('PublicHttpsListener')?.Properties['SslPolicy']).toMatch(/TLS13/);
      expect(byId.get('PublicAddress')?.Properties['Name']).toBe('service.example.com');
    }
  });
});

function ingress(each: Template): readonly { readonly group: string; readonly rule: Properties }[] {
  const inline = ofType(each, 'AWS::EC2::SecurityGroup').flatMap(({ id, Properties }: Resource) =>
    list(Properties['SecurityGroupIngress']).map((rule) => ({ group: id, rule })),
  );
  const apart = ofType(each, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => ({
    group: groupOf(Properties['GroupId']),
    rule: Properties,
  }));
  return [...inline, ...apart];
}

function groupOf(value: unknown): string {
  const { 'Fn::GetAtt': attribute, Ref } = value as { 'Fn::GetAtt'?: readonly string[]; Ref?: string };
  return attribute?.[0] ?? Ref ?? '';
}

function source(rule: Properties): string {
  return rule['CidrIp'] === undefined ? groupOf(rule['SourceSecurityGroupId']) : 'publicCidr';
}

function port(rule: Properties): string {
  expect(rule['IpProtocol']).toBe('tcp');
  expect(String(rule['ToPort'])).toBe(String(rule['FromPort']));
  return String(rule['FromPort']);
}
