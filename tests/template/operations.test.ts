import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expectNone, list, ofType, type Properties, references, type Template, templates } from './template';

const runbook = readFileSync(path.resolve(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replace(/ /g, '-'),
);

describe.each(templates)('logs, alarms and schedules ($variant)', (each: Template) => {
  const byId = new Map(each.resources.map((resource) => [resource.id, resource]));
  const logGroups = ofType(each, 'AWS::Logs::LogGroup');
  const scalableTargets = ofType(each, 'AWS::ApplicationAutoScaling::ScalableTarget');
  const variablesOf = (id: string): Properties => {
    const { Variables = {} } = (byId.get(id)?.Properties['Environment'] ?? {}) as { Variables?: Properties };
    return Variables;
  };

  it('gives the functions that disable and enable alarms every alarm’s name', () => {
    const alarms = ofType(each, 'AWS::CloudWatch::Alarm').map(({ Properties }) => String(Properties['AlarmName']));
    for (const id of ['PauseAutomationLambdaFunction', 'ResumeAutomationLambdaFunction']) {
      const Variables = variablesOf(id);
      expect(String(Variables['ALARMS']).split(',').sort()).toEqual([...alarms].sort());
    }
    for (const id of ['PauseAutomationRole', 'ResumeAutomationRole']) {
      const text = JSON.stringify(byId.get(id)?.Properties['Policies']);
      expectNone(alarms.filter((name) => !text.includes(`:alarm:${name}"`)));
    }
  });

  it('gives these functions the scheduled rules with their states in the template', () => {
    const rules = new Map(
      ofType(each, 'AWS::Events::Rule')
        .filter(({ Properties }) => Properties['ScheduleExpression'] !== undefined)
        .map(({ Properties }) => [Properties['Name'], Properties['State']]),
    );
    expect(String(variablesOf('PauseAutomationLambdaFunction')['RULES']).split(',').sort()).toEqual(
      [...rules.keys()].sort(),
    );
    const resumed = variablesOf('ResumeAutomationLambdaFunction');
    expect(
      new Map([
        [resumed['TESTER_RULE'], resumed['TESTER_SCHEDULE']],
        [resumed['NIGHTLY_VERIFY_RULE'], resumed['NIGHTLY_VERIFY']],
      ]),
    ).toEqual(rules);
  });

  it('starts the template’s minimum number of tasks again', () => {
    const least = [
      'DataProcessorService',
      'LokiService',
      'TempoService',
      'GatewayService',
      ...(byId.has('ServiceScraperService') ? ['ServiceScraperService'] : []),
    ].map((id) => {
      const [target] = scalableTargets.filter(({ Properties }) =>
        references(Properties['ResourceId'] ?? null).includes(id),
      );
      return Number(target ? target.Properties['MinCapacity'] : byId.get(id)?.Properties['DesiredCount']);
    });
    const Variables = variablesOf('StartServicesLambdaFunction');
    expect(String(Variables['COUNTS']).split(',').map(Number)).toEqual(least);
  });

  // aws-facts: desired-count
  it('sets a task count where nothing scales it, and none where autoscaling does', () => {
    const scaled = scalableTargets.flatMap(({ Properties }) => references(Properties['ResourceId'] ?? null));
    for (const { id, Properties } of ofType(each, 'AWS::ECS::Service')) {
      expect([id, Properties['DesiredCount'] === undefined]).toEqual([id, scaled.includes(id)]);
    }
    expect(scaled).toContain('DataProcessorService');
  });

  it('sets the retention of every log group', () => {
    expectNone(logGroups.filter(({ Properties }) => !(Number(Properties['RetentionInDays']) > 0)).map(({ id }) => id));
  });

  it('declares a log group for everything that logs', () => {
    const names = logGroups.map(({ Properties }) => Properties['LogGroupName']);
    const functions = ofType(each, 'AWS::Lambda::Function').map(
      ({ Properties }) => `/aws/lambda/${Properties['FunctionName']}`,
    );
    expectNone(functions.filter((name) => !names.includes(name)));
    const ids = logGroups.map(({ id }) => id);
    const containers = ofType(each, 'AWS::ECS::TaskDefinition').flatMap(({ Properties }) =>
      list(Properties['ContainerDefinitions']),
    );
    for (const { LogConfiguration } of containers) expect(ids).toContain(references(LogConfiguration ?? null)[0]);
    const clusters = ofType(each, 'AWS::ECS::Cluster');
    const insights = JSON.stringify(clusters.map(({ Properties }) => Properties['ClusterSettings']));
    expect(ids.includes('ContainerInsightsLogGroup')).toBe(!insights.includes('disabled'));
  });

  it("lets the workspace read the stack's log groups by name, except Container Insights'", () => {
    const role = ofType(each, 'AWS::IAM::Role').find(({ id }) => id === 'GrafanaWorkspaceRole');
    const readable = list(role?.Properties['Policies'] ?? [])
      .flatMap(({ PolicyDocument }) => list((PolicyDocument as Properties)['Statement'] ?? []))
      .filter(({ Action }) => JSON.stringify(Action).includes('logs:StartQuery'))
      .flatMap(({ Resource }) => list(Resource ?? []));
    const groups = logGroups.map(({ id }) => id).filter((id) => id !== 'ContainerInsightsLogGroup');
    expect(readable.map((one) => JSON.stringify(one)).sort()).toEqual(
      groups.map((id) => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] })).sort(),
    );
  });

  it('logs and traces both machines, each under its own role', () => {
    const machines = ofType(each, 'AWS::StepFunctions::StateMachine');
    expect(machines).toHaveLength(2);
    for (const { Properties } of machines) {
      expect(Properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      });
    }
    expect(new Set(machines.map(({ Properties }) => JSON.stringify(Properties['RoleArn']))).size).toBe(2);
  });

  it('substitutes every placeholder of the machines, and allows each to invoke exactly its functions', () => {
    for (const { id, Properties } of ofType(each, 'AWS::StepFunctions::StateMachine')) {
      const used = [...JSON.stringify(Properties['Definition']).matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
      const given = Properties['DefinitionSubstitutions'] as Properties;
      expect(Object.keys(given).sort()).toEqual([...new Set(used)].sort());
      const invoked = references(given).filter((name) => name.endsWith('LambdaFunction'));
      const role = byId.get(`${id}Role`);
      const allowed = references(role?.Properties['Policies'] ?? null).filter((name) =>
        name.endsWith('LambdaFunction'),
      );
      expect([...allowed].sort()).toEqual([...invoked].sort());
      for (const name of invoked) expect(byId.get(name)?.Type).toBe('AWS::Lambda::Function');
    }
  });

  it('has Wait states that wait a number of seconds', () => {
    for (const { Properties } of ofType(each, 'AWS::StepFunctions::StateMachine')) {
      const { States } = Properties['Definition'] as { States: Record<string, Properties> };
      const waits = Object.values(States).filter(({ Type }) => Type === 'Wait');
      expect(waits.length).toBeGreaterThan(0);
      for (const { Seconds } of waits) expect(Seconds).toEqual(expect.any(Number));
    }
  });

  it('has a runbook entry for every alarm and every rule that notifies a person', () => {
    const alarms = ofType(each, 'AWS::CloudWatch::Alarm').map(
      ({ id, Properties }) => [id, String(Properties['AlarmDescription'])] as const,
    );
    const notices = ofType(each, 'AWS::Events::Rule')
      .filter(({ Properties }) => references(Properties['Targets'] ?? null).includes('AlertTopic'))
      .map(({ id, Properties }) => [id, JSON.stringify(Properties['Targets'])] as const);
    expect(alarms.length).toBeGreaterThanOrEqual(5);
    expect(notices).toHaveLength(1);
    const missing = [...alarms, ...notices].filter(([, text]) => {
      const [, anchor = ''] = /docs\/runbook\.md#([a-z0-9-]+)/.exec(text) ?? [];
      return !anchors.includes(anchor);
    });
    expectNone(missing.map(([id]) => id));
  });

  it('sends every alarm to the topic', () => {
    for (const { Properties } of ofType(each, 'AWS::CloudWatch::Alarm')) {
      expect(Properties['AlarmActions']).toEqual([{ Ref: 'AlertTopic' }]);
    }
  });

  it('has a dead-letter queue for every target of every EventBridge rule', () => {
    for (const { Properties } of ofType(each, 'AWS::Events::Rule')) {
      for (const target of list(Properties['Targets'])) {
        expect(target['DeadLetterConfig']).toEqual({ Arn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } });
      }
    }
  });

  it('runs the tester each minute and verifies each night, if the stage’s parameters say so', () => {
    const state = (id: string) => byId.get(id)?.Properties['State'];
    expect(byId.get('TesterRule')?.Properties['ScheduleExpression']).toBe('rate(1 minute)');
    expect(JSON.stringify(byId.get('NightlyVerifyRule')?.Properties['Targets'])).toContain('verify');
    const expected = {
      production: ['ENABLED', 'ENABLED'],
      'public-https': ['ENABLED', 'ENABLED'],
      dev: ['ENABLED', 'DISABLED'],
      'existing-vpc': ['ENABLED', 'DISABLED'],
      local: ['DISABLED', 'DISABLED'],
    } as const;
    expect([state('TesterRule'), state('NightlyVerifyRule')]).toEqual(expected[each.variant]);
  });

  it('notifies of executions that fail, time out or are aborted, of both machines', () => {
    expect(byId.get('FailedExecutionRule')?.Properties['EventPattern']).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        stateMachineArn: [{ Ref: 'SetupStateMachine' }, { Ref: 'TeardownStateMachine' }],
      },
    });
  });

  it('lets EventBridge publish to the topic without a condition, because it sends no condition keys', () => {
    const [policy] = ofType(each, 'AWS::SNS::TopicPolicy');
    const { Statement } = (policy?.Properties['PolicyDocument'] ?? {}) as { Statement: never };
    const allowed = list(Statement).filter(
      (statement) =>
        statement['Effect'] === 'Allow' && JSON.stringify(statement['Principal']).includes('events.amazonaws.com'),
    );
    expect(allowed.map(({ Condition }) => Condition)).toEqual([undefined]);
  });

  it('gives AMP a log group ARN that ends in `:*`, as GetAtt returns it', () => {
    expect(byId.get('PrometheusWorkspace')?.Properties['LoggingConfiguration']).toEqual({
      LogGroupArn: { 'Fn::GetAtt': ['PrometheusLogGroup', 'Arn'] },
    });
  });

  it('lets only Grafana of this account assume the workspace’s role', () => {
    const { AssumeRolePolicyDocument: trust = {} } = byId.get('GrafanaWorkspaceRole')?.Properties ?? {};
    const { Statement } = trust as Properties;
    expect(Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'grafana.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          StringLike: {
            'aws:SourceArn': {
              'Fn::Sub': 'arn:${AWS::Partition}:grafana:${AWS::Region}:${AWS::AccountId}:/workspaces/*',
            },
          },
        },
      },
    ]);
  });

  it('has the outputs that the verbs look up', () => {
    const outputs = Object.keys(each.raw['Outputs'] ?? {});
    const wanted = [
      'SetupStateMachineArn',
      'TeardownStateMachineArn',
      'ServiceUrl',
      'LokiUrl',
      'TempoUrl',
      'OtlpEndpoint',
      'ClientSecurityGroup',
      'RemoteWriteUrl',
      'PrometheusWorkspaceId',
    ];
    const more = [
      'PrometheusEndpoint',
      'AuditBucketName',
      'TesterSecurityGroupId',
      'DataBucketName',
      'AlertTopicArn',
      'ClusterName',
      'GrafanaWorkspaceName',
    ];
    expect(outputs).toEqual(expect.arrayContaining([...wanted, ...more]));
    expect(outputs.includes('PublicUrl')).toBe(each.variant === 'public-https' || each.variant === 'existing-vpc');
  });

  it('tells attached services what they need, by SSM parameters and by exports', () => {
    const parameters = ofType(each, 'AWS::SSM::Parameter').map(({ Properties }) => String(Properties['Name']));
    const [, stack = ''] = /^\/([^/]+)\//.exec(parameters[0] ?? '') ?? [];
    expect(parameters).toEqual(
      ['otlp-endpoint', 'client-security-group', 'remote-write-url', 'region', 'vpc-id', 'private-subnet-ids'].map(
        (name) => `/${stack}/${name}`,
      ),
    );
    const exported = Object.values(each.raw['Outputs'] ?? {}).flatMap((output) => {
      const { Export } = output as { readonly Export?: { readonly Name: string } };
      // The framework exports the deployment bucket's name.
      return Export && !Export.Name.startsWith('sls-') ? [Export.Name] : [];
    });
    expect(exported).toEqual(
      ['otlp-endpoint', 'client-security-group', 'remote-write-url'].map((name) => `${stack}-${name}`),
    );
  });

  it('refers only to resources that it has', () => {
    const known = new Set(each.resources.map(({ id }) => id));
    const dangling = each.resources.flatMap(({ id, Properties, DependsOn = [] }) =>
      [...references(stripDefinition(Properties)), ...DependsOn]
        .filter((name) => !known.has(name))
        .map((name) => `${id} → ${name}`),
    );
    expectNone(dangling);
    expect(each.raw['Conditions']).toBeUndefined();
  });
});

/** Placeholders in a machine's definition are not references of the template. */
function stripDefinition({ Definition: _, ...rest }: Properties): Properties {
  return rest;
}
