import { AwsError, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { checkPropertyNames, generatedName, textProperty } from '../cfn-values';
import type { LogStore } from './log-store';

const known = [
  'LogGroupName',
  'RetentionInDays',
  'KmsKeyId',
  'LogGroupClass',
  'Tags',
  'DataProtectionPolicy',
  'FieldIndexPolicies',
  'DeletionProtectionEnabled',
  'ResourcePolicyDocument',
];
/** The values that PutRetentionPolicy accepts, in days. */
const retentions = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

/** AWS::Logs::LogGroup. */
export function logGroupResource(store: LogStore): ResourceHandler {
  return {
    async create(request) {
      checkPropertyNames(request, known);
      const name = textProperty(request.properties, 'LogGroupName') ?? generatedName(request, 512);
      const group = store.create(name, readRetention(request));
      return { physicalId: name, attributes: { Arn: `${group.arn}:*` } };
    },
    async update(request) {
      checkPropertyNames(request, known);
      if (request.properties['LogGroupName'] !== request.previousProperties?.['LogGroupName']) {
        return this.create(request);
      }
      const group = store.require(request.physicalId ?? '');
      group.retentionInDays = readRetention(request);
      return { physicalId: group.name, attributes: { Arn: `${group.arn}:*` } };
    },
    async delete(request) {
      store.delete(request.physicalId ?? '');
    },
    async restore(request) {
      const name = request.physicalId ?? '';
      if (store.find(name) === undefined) store.create(name);
      store.require(name).retentionInDays = readRetention(request);
    },
  };
}

/** AWS::Logs::LogStream. */
export function logStreamResource(store: LogStore): ResourceHandler {
  return {
    async create(request) {
      checkPropertyNames(request, ['LogGroupName!', 'LogStreamName']);
      const name = textProperty(request.properties, 'LogStreamName') ?? generatedName(request, 512);
      store.createStream(textProperty(request.properties, 'LogGroupName') ?? '', name);
      return { physicalId: name };
    },
    async delete(request) {
      const group = store.find(textProperty(request.properties, 'LogGroupName') ?? '');
      group?.streams.delete(request.physicalId ?? '');
    },
  };
}

function readRetention(request: ResourceRequest): number | undefined {
  const text = textProperty(request.properties, 'RetentionInDays');
  if (text === undefined) return undefined;
  if (retentions.has(Number(text))) return Number(text);
  throw new AwsError('InvalidParameterException', `${text} days is not a retention that CloudWatch Logs accepts.`);
}
