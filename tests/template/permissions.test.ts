import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { STACK_TAG } from '../../functions/domain/naming';
import type { PermissionMap } from '../../scripts/template/permission-table';
import { adaptersOutOfSight, callsOfFunction, callsOfService } from './calls-in-code';
import { expectNone, list, ofType, type Properties, type Resource, type Template, templates } from './template';

const file = path.resolve(__dirname, '..', '..', 'docs', 'permissions.yml');
const { calls, functions, others, anyResource, anyStage } = parse(readFileSync(file, 'utf8')) as PermissionMap;
const { everyFunction = [], ...functionRoles } = functions;
const reviewed: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(functionRoles).map(([role, own]) => [role, [...everyFunction, ...own]])),
  ...others,
};

describe('the map from calls to actions', () => {
  it('gives every call a source, and names no call that no role makes', () => {
    const made = new Set(Object.values(reviewed).flat());
    expectNone(
      Object.entries(calls).flatMap(([name, call]) => (call.source.length > 8 && made.has(name) ? [] : [name])),
    );
    expectNone([...made].filter((name) => !calls[name]));
  });

  it.each(Object.keys(functionRoles))('has the calls of the code for %s', (role) => {
    const folder = role
      .replace(/Role$/, '')
      .replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase();
    const sdkCalls = (functionRoles[role] ?? []).filter((call) => /^[a-z0-9]+:/.test(call));
    expect(callsOfFunction(folder)).toEqual([...sdkCalls].sort());
  });

  it("has the calls of the service's code", () => {
    const sdkCalls = (others['DataProcessorTaskRole'] ?? []).filter((call) => call.startsWith('s3:'));
    expect(callsOfService()).toEqual([...sdkCalls].sort());
  });

  it('covers every adapter', () => {
    expectNone(adaptersOutOfSight());
  });
});

const scrapes = ({ variant }: Template): boolean => variant === 'public-https';

describe.each(templates)('roles ($variant)', (each: Template) => {
  const roles = ofType(each, 'AWS::IAM::Role');
  const statements = roles.flatMap((role) => statementsOf(role).map((statement) => ({ role: role.id, statement })));

  it('knows every role', () => {
    // Only a stack that scrapes services has the scraper's.
    const expected = Object.keys(reviewed).filter((id) => scrapes(each) || id !== 'ServiceScraperTaskRole');
    expect(roles.map(({ id }) => id).sort()).toEqual(expected.sort());
  });

  it.each(roles)('grants $id exactly what its calls need', (role) => {
    const optional = (name: string): boolean => {
      const when = calls[name]?.when;
      if (when === 'executeCommand') return each.variant === 'public-https';
      if (when === 'alertEncryption') return ofType(each, 'AWS::KMS::Key').length > 0;
      return true;
    };
    const made = (reviewed[role.id] ?? []).filter(optional);
    const needed = new Set(made.flatMap((name) => calls[name]?.needs ?? [name]));
    const granted = new Set(
      statementsOf(role)
        .flatMap(({ Action }) => list(Action))
        .map(String),
    );
    expect([...granted].sort()).toEqual([...needed].sort());
  });

  it('grants no action by wildcard, and attaches no managed policy', () => {
    const wild = statements.filter(({ statement }) =>
      list(statement['Action']).some((action) => String(action).includes('*')),
    );
    expectNone(wild.map(({ role }) => role));
    expectNone(roles.filter(({ Properties }) => Properties['ManagedPolicyArns']).map(({ id }) => id));
  });

  it('grants an action on any resource only with a reason', () => {
    const explained = new Set(Object.keys(anyResource).flatMap((actions) => actions.split(' ')));
    const everywhere = statements.filter(({ statement }) =>
      list(statement['Resource']).some((resource) => String(resource) === '*'),
    );
    const unexplained = everywhere.flatMap(({ role, statement }) =>
      list(statement['Action'])
        .map(String)
        .filter((action) => !explained.has(action))
        .map((action) => `${role}: ${action}`),
    );
    expectNone(unexplained);
  });

  it("changes only a workspace with the stack's tag, and tags none that has another stack's tag", () => {
    const [stack] = ofType(each, 'AWS::Lambda::Function')
      .map(({ Properties }) => variablesOf(Properties)['STACK_NAME'])
      .filter((name) => name !== undefined);
    const conditions: Readonly<Record<string, unknown>> = {
      'grafana:ListWorkspaces': undefined,
      'grafana:ListVersions': undefined,
      'grafana:DescribeWorkspace': undefined,
      'grafana:CreateWorkspace': { StringEquals: { [`aws:RequestTag/${STACK_TAG}`]: stack } },
      'grafana:TagResource': {
        StringEqualsIfExists: { [`aws:RequestTag/${STACK_TAG}`]: stack, [`aws:ResourceTag/${STACK_TAG}`]: stack },
      },
    };
    const own = { StringEquals: { [`aws:ResourceTag/${STACK_TAG}`]: stack } };
    const granted = statements.flatMap(({ statement: { Action = [], Condition } }) =>
      list(Action)
        .map(String)
        .filter((action) => action.startsWith('grafana:'))
        .map((action) => [action, Condition] as const),
    );
    expect(granted.length).toBeGreaterThan(20);
    expect(granted).toEqual(granted.map(([action]) => [action, action in conditions ? conditions[action] : own]));
  });

  it("lists no action for any stage's resources that no policy grants", () => {
    const actions = new Set(statements.flatMap(({ statement: { Action = [] } }) => list(Action).map(String)));
    expectNone(
      Object.keys(anyStage)
        .flatMap((some) => some.split(' '))
        .filter((action) => !actions.has(action)),
    );
  });

  it('passes roles only to the service that it names', () => {
    for (const { statement } of statements.filter(({ statement: { Action } }) =>
      list(Action).map(String).includes('iam:PassRole'),
    )) {
      expect(statement['Condition']).toEqual({ StringEquals: { 'iam:PassedToService': 'grafana.amazonaws.com' } });
      expect(statement['Resource']).toEqual({ 'Fn::GetAtt': ['GrafanaWorkspaceRole', 'Arn'] });
    }
  });

  it('lets one service assume each role, and only for this account where the service sends that condition key', () => {
    for (const { id, Properties } of roles) {
      const { Statement } = Properties['AssumeRolePolicyDocument'] as { Statement: Properties };
      const [trust, ...more] = list(Statement);
      expect(more).toEqual([]);
      expect(Object.keys(trust?.['Principal'] ?? {})).toEqual(['Service']);
      const { Service: service } = (trust?.['Principal'] ?? {}) as Properties;
      // Lambda sets no aws:SourceAccount when it assumes a function's role.
      if (service !== 'lambda.amazonaws.com')
        expect([id, JSON.stringify(trust?.['Condition'])]).toEqual([id, expect.stringContaining('aws:SourceAccount')]);
    }
  });

  it('gives every function a role of its own', () => {
    const used = ofType(each, 'AWS::Lambda::Function').map(({ id, Properties }) => [
      id,
      JSON.stringify(Properties['Role']),
    ]);
    for (const [id = '', role] of used) {
      expect(role).toBe(JSON.stringify({ 'Fn::GetAtt': [`${id.replace(/LambdaFunction$/, '')}Role`, 'Arn'] }));
    }
  });
});

function variablesOf({ Environment }: Properties): Properties {
  return ((Environment as Properties | undefined)?.['Variables'] ?? {}) as Properties;
}

function statementsOf(role: Resource): readonly Properties[] {
  return list(role.Properties['Policies']).flatMap(({ PolicyDocument }) =>
    list((PolicyDocument as Properties)['Statement']),
  );
}
