import { AwsError, type JsonObject, type Kernel, type Operations, type ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import type { LambdaService } from '../lambda';
import type { SnsService } from '../sns';
import type { StatesService } from '../states';
import { ruleResource } from './resources';
import { type Deliver, envelope, type Rule } from './rule';

export interface EventsPeers {
  readonly lambda: Pick<LambdaService, 'invoker'>;
  readonly states: Pick<StatesService, 'startExecution'>;
  readonly sns: Pick<SnsService, 'publishAsService'>;
}

/** Amazon EventBridge: the default bus with scheduled and pattern rules. Failed deliveries are journaled. */
export function createEvents(kernel: Kernel, peers: EventsPeers): ServiceModule {
  const rules = new Map<string, Rule>();
  kernel.onEvent((event) => {
    const whole = { ...envelope(kernel), ...event, resources: [...event.resources] };
    for (const rule of rules.values()) rule.offer(whole);
  });
  const operations = eventsOperations(kernel, rules);
  return {
    signingNames: ['events'],
    operations,
    handle: awsJson({ kernel, version: '1.1', operations }),
    resources: { 'AWS::Events::Rule': ruleResource(kernel, rules, deliverTo(kernel, peers)) },
    close: async () => {
      for (const rule of rules.values()) rule.disable();
    },
  };
}

/** Delivers to a target, authorised by the function's or topic's resource policy or by the target's role. */
function deliverTo(kernel: Kernel, { lambda, sns, states }: EventsPeers): Deliver {
  return (target, input, rule) => {
    const caller = { service: 'events.amazonaws.com', sourceArn: rule.arn };
    switch (target.Arn.split(':')[2]) {
      case 'lambda':
        lambda.invoker.enqueueForService(caller, target.Arn, input);
        return;
      case 'sns':
        sns.publishAsService(caller, target.Arn, { message: input });
        return;
      default: {
        const { principal } = kernel.assumeRole(target.RoleArn ?? '', 'events.amazonaws.com', rule.name.slice(0, 64));
        states.startExecution(principal, target.Arn, input);
      }
    }
  };
}

function eventsOperations(kernel: Kernel, rules: Map<string, Rule>): Operations {
  const find = (input: JsonObject, member = 'Name') => {
    const rule = rules.get(String(input[member]));
    if (rule !== undefined) return rule;
    const message = `Rule ${String(input[member])} does not exist on EventBus default.`;
    throw new AwsError('ResourceNotFoundException', message);
  };
  const on =
    (action: string, member = 'Name') =>
    (input: JsonObject) => [
      {
        action: `events:${action}`,
        resource: `arn:${kernel.partition}:events:${kernel.region}:${kernel.accountId}:rule/${String(input[member])}`,
      },
    ];
  return {
    DescribeRule: { grants: on('DescribeRule'), handle: (input) => describe(find(input)) },
    EnableRule: {
      grants: on('EnableRule'),
      handle: (input) => {
        find(input).enable();
        return undefined;
      },
    },
    DisableRule: {
      grants: on('DisableRule'),
      handle: (input) => {
        find(input).disable();
        return undefined;
      },
    },
    RemoveTargets: {
      grants: on('RemoveTargets', 'Rule'),
      handle: (input) => {
        const rule = find(input, 'Rule');
        const ids = Array.isArray(input['Ids']) ? input['Ids'].map(String) : [];
        rule.settings = { ...rule.settings, targets: rule.settings.targets.filter(({ Id }) => !ids.includes(Id)) };
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    },
    DeleteRule: {
      grants: on('DeleteRule'),
      // As EventBridge does, without an error if there is no such rule.
      handle: (input) => {
        const rule = rules.get(String(input['Name']));
        if (rule === undefined) return undefined;
        if (rule.settings.targets.length > 0) {
          throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
        }
        rule.disable();
        rules.delete(rule.name);
        return undefined;
      },
    },
    ListRules: {
      grants: () => [{ action: 'events:ListRules', resource: '*' }],
      handle: (input) => {
        const prefix = typeof input['NamePrefix'] === 'string' ? input['NamePrefix'] : '';
        return { Rules: [...rules.values()].filter(({ name }) => name.startsWith(prefix)).map(describe) };
      },
    },
    ListTargetsByRule: {
      grants: on('ListTargetsByRule', 'Rule'),
      handle: (input) => ({
        Targets: find(input, 'Rule').settings.targets.map(({ Arn, Id, Input, RoleArn }) => ({
          Id,
          Arn,
          Input,
          RoleArn,
        })),
      }),
    },
  };
}

function describe({ arn, enabled, name, settings }: Rule) {
  const { description, eventPattern, scheduleExpression } = settings;
  return {
    Name: name,
    Arn: arn,
    EventBusName: 'default',
    State: enabled ? 'ENABLED' : 'DISABLED',
    Description: description,
    ...(scheduleExpression === undefined ? {} : { ScheduleExpression: scheduleExpression }),
    ...(eventPattern === undefined ? {} : { EventPattern: JSON.stringify(eventPattern) }),
  };
}
