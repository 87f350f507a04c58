import { AwsError, type Json, type JsonObject } from '../../kernel/contracts';

/** Whether an event matches a pattern: every member must match, by any one entry of its list. */
export function matchesPattern(pattern: JsonObject, event: JsonObject): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const actual = event[name];
    if (Array.isArray(wanted)) return wanted.some((matcher) => matchesAny(matcher, actual));
    return isObject(actual) && isObject(wanted) && matchesPattern(wanted, actual);
  });
}

/** Throws InvalidEventPatternException for a pattern that EventBridge or the local cloud does not support. */
export function checkPattern(pattern: JsonObject, path = ''): void {
  if (Object.keys(pattern).length === 0) throw invalid(`${path || 'it'} is empty`);
  for (const [name, wanted] of Object.entries(pattern)) {
    const where = path === '' ? name : `${path}.${name}`;
    if (name.startsWith('$')) throw invalid(`the local cloud does not know ${where}`);
    if (Array.isArray(wanted)) for (const matcher of wanted) checkMatcher(matcher, where);
    else if (isObject(wanted)) checkPattern(wanted, where);
    else throw invalid(`"${where}" must be an object or an array`);
  }
}

const MATCHERS = new Set(['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'exists']);

function checkMatcher(matcher: Json, where: string): void {
  if (!isObject(matcher)) return;
  const names = Object.keys(matcher);
  const [name = ''] = names;
  if (names.length !== 1 || !MATCHERS.has(name)) {
    throw invalid(`the local cloud does not know the matcher ${JSON.stringify(matcher)} of ${where}`);
  }
}

function matchesAny(matcher: Json, actual: Json | undefined): boolean {
  if (isObject(matcher) && 'exists' in matcher) return (actual !== undefined) === matcher['exists'];
  if (actual === undefined) return false;
  return Array.isArray(actual) ? actual.some((item) => matches(matcher, item)) : matches(matcher, actual);
}

function matches(matcher: Json, actual: Json): boolean {
  if (!isObject(matcher)) return matcher === actual;
  const [[name, operand] = ['', undefined]] = Object.entries(matcher);
  const text = typeof actual === 'string' ? actual : undefined;
  switch (name) {
    case 'prefix':
      return text?.startsWith(String(operand)) === true;
    case 'suffix':
      return text?.endsWith(String(operand)) === true;
    case 'equals-ignore-case':
      return text?.toLowerCase() === String(operand).toLowerCase();
    case 'anything-but': {
      const excluded = Array.isArray(operand) ? operand : [operand ?? null];
      return !excluded.some((each) => matches(each, actual));
    }
    default:
      return false;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
