import type { Json, JsonObject } from '../../kernel/contracts';
import { isJsonObject } from '../cfn-values';
import { checkDeclarations } from './parameter-declarations';
import { formatError, invalid } from './validation-error';

export interface ResourceTemplate {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition: string | undefined;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: RemovalPolicy;
  readonly updateReplacePolicy: RemovalPolicy;
}

/** Supported deletion policies. Snapshot is not: no resource type of the local cloud has snapshots. */
export type RemovalPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

/** A parsed template. Its intrinsic functions are not resolved. */
export interface Template {
  readonly body: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, JsonObject>>;
  readonly mappings: Readonly<Record<string, Json>>;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly resources: ReadonlyMap<string, ResourceTemplate>;
  readonly outputs: Readonly<Record<string, JsonObject>>;
}

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);
const resourceMembers = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
  'CreationPolicy',
  'UpdatePolicy',
]);
/** CloudFormation's quota on template bodies read from S3 is 1 MB. */
const maxTemplateBytes = 1_048_576;
const maxResources = 500;
/** The largest depth of JSON. The deepest part of this stack's template, a state machine, has a tenth of it. */
const maxDepth = 300;

/**
 * Reads a JSON template (the Serverless Framework uploads JSON). Throws ValidationError worded as CloudFormation words
 * it.
 */
export function parseTemplate(body: string): Template {
  if (Buffer.byteLength(body) > maxTemplateBytes) {
    throw invalid(`Template may not exceed ${maxTemplateBytes} bytes in size.`);
  }
  const document = parseJson(body);
  const unknown = Object.keys(document).find((name) => !sections.has(name));
  if (unknown === 'Transform') throw invalid('The local cloud has no template macros: remove Transform.');
  if (unknown !== undefined) throw formatError(`Unrecognized section: [${unknown}]`);
  const resources = section(document, 'Resources');
  const names = Object.keys(resources);
  if (names.length === 0) throw formatError('At least one Resources member must be defined.');
  if (names.length > maxResources) {
    throw formatError(`Number of resources, ${names.length}, is greater than maximum allowed, ${maxResources}`);
  }
  return {
    body,
    description: typeof document['Description'] === 'string' ? document['Description'] : '',
    parameters: checkDeclarations(objects(section(document, 'Parameters'), 'Parameters')),
    mappings: section(document, 'Mappings') as Readonly<Record<string, Json>>,
    conditions: section(document, 'Conditions') as Readonly<Record<string, Json>>,
    resources: new Map(names.map((name) => [name, parseResource(name, resources[name] ?? null)])),
    outputs: objects(section(document, 'Outputs'), 'Outputs'),
  };
}

function parseResource(logicalId: string, value: Json): ResourceTemplate {
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) throw formatError(`Resource name ${logicalId} is non alphanumeric.`);
  if (!isJsonObject(value)) throw formatError('Any Resources member must be an object.');
  const unknown = Object.keys(value).find((name) => !resourceMembers.has(name));
  if (unknown !== undefined) throw invalid(`Invalid template resource property '${unknown}' in ${logicalId}`);
  const { Type: type, Properties: properties, Condition: condition, DependsOn: dependsOn } = value;
  if (typeof type !== 'string') {
    throw formatError(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  }
  if (properties !== undefined && !isJsonObject(properties)) {
    throw formatError(`[/Resources/${logicalId}/Properties] must be an object.`);
  }
  return {
    logicalId,
    type,
    properties: properties ?? {},
    condition: typeof condition === 'string' ? condition : undefined,
    dependsOn: (Array.isArray(dependsOn) ? dependsOn : dependsOn === undefined ? [] : [dependsOn]).map(String),
    deletionPolicy: removalPolicy(logicalId, 'DeletionPolicy', value['DeletionPolicy']),
    updateReplacePolicy: removalPolicy(logicalId, 'UpdateReplacePolicy', value['UpdateReplacePolicy']),
  };
}

function removalPolicy(logicalId: string, member: string, value: Json | undefined): RemovalPolicy {
  if (value === undefined || value === 'Delete') return 'Delete';
  if (value === 'Retain') return 'Retain';
  if (value === 'RetainExceptOnCreate' && member === 'DeletionPolicy') return value;
  throw formatError(`Unrecognized ${member} ${JSON.stringify(value)} for resource ${logicalId}`);
}

function parseJson(body: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    throw formatError(`JSON not well-formed. ${(error as Error).message} (The local cloud reads JSON templates only.)`);
  }
  if (document === null || typeof document !== 'object' || Array.isArray(document)) {
    throw formatError('unsupported structure.');
  }
  checkDepth(document as JsonObject);
  return document as JsonObject;
}

/** A section's own members. The result has no prototype, so that a name like `constructor` is an ordinary name. */
function section(document: JsonObject, name: string): JsonObject {
  const value = document[name] === undefined ? {} : document[name];
  if (!isJsonObject(value)) throw formatError(`[/${name}] must be an object.`);
  return Object.assign(Object.create(null), value) as JsonObject;
}

/** Limits the depth: the functions that read a template are recursive. */
function checkDepth(document: JsonObject): void {
  let level: readonly Json[] = [document];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw formatError(`nested deeper than ${maxDepth} levels, the local cloud's limit.`);
    level = level.flatMap((value) =>
      value !== null && typeof value === 'object' ? (Object.values(value) as Json[]) : [],
    );
  }
}

function objects(members: JsonObject, name: string): Readonly<Record<string, JsonObject>> {
  for (const [key, value] of Object.entries(members)) {
    if (!isJsonObject(value)) throw formatError(`[/${name}/${key}] must be an object.`);
  }
  return members as Readonly<Record<string, JsonObject>>;
}
