import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import { parseDuration } from '../queries/query';
import type { WorkspaceState } from '../workspace-state';
import type { NotificationRoute, ObjectMatcher } from './model';

const members = [
  'receiver',
  'group_by',
  'object_matchers',
  'matchers',
  'match',
  'match_re',
  'continue',
  'mute_time_intervals',
  'active_time_intervals',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'routes',
  'provenance',
];
const operators = ['=', '!=', '=~', '!~'];

/** The policy tree from a request's body. Throws 400, "invalid object specification". */
export function readPolicy(grafana: WorkspaceState, value: unknown): NotificationRoute {
  return readRoute(grafana, value, true);
}

/**
 * Validation of pkg/services/ngalert/notifier: known receivers and mute timings, durations, the root without matchers.
 */
function readRoute(grafana: WorkspaceState, value: unknown, root: boolean): NotificationRoute {
  if (!isObject(value)) throw badRequest();
  refuseUnknown('a notification policy', value, members);
  const receiver = value['receiver'];
  if (root && (typeof receiver !== 'string' || receiver === ''))
    throw invalid('root route must specify a default receiver');
  if (typeof receiver === 'string' && receiver !== '' && !grafana.alerting.hasReceiver(receiver))
    throw invalid(`receiver '${receiver}' does not exist`);
  const matchers = readMatchers(value['object_matchers']);
  if (root && matchers.length > 0) throw invalid('root route must not have any matchers');
  for (const name of ['group_wait', 'group_interval', 'repeat_interval']) {
    const duration = value[name];
    if (duration !== undefined && (typeof duration !== 'string' || parseDuration(duration) === undefined))
      throw invalid(`${name} is not a duration: "${String(duration)}"`);
  }
  for (const name of ['mute_time_intervals', 'active_time_intervals']) {
    const unknown = strings(value[name]).find((timing) => !grafana.alerting.muteTimings.has(timing));
    if (unknown !== undefined) throw invalid(`mute time interval '${unknown}' does not exist`);
  }
  const children = value['routes'];
  const { provenance: _provenance, ...rest } = value;
  return {
    ...rest,
    ...(matchers.length > 0 && { object_matchers: matchers }),
    ...(Array.isArray(children) && { routes: children.map((child) => readRoute(grafana, child, false)) }),
  };
}

function readMatchers(value: unknown): ObjectMatcher[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('object_matchers must be a list');
  return value.map((item: unknown) => {
    const [name, operator, text] = Array.isArray(item) ? item.map(String) : [];
    if (name === undefined || operator === undefined || text === undefined || !operators.includes(operator))
      throw invalid(`unsupported matcher ${JSON.stringify(item)}`);
    return [name, operator, text];
  });
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function invalid(message: string): GrafanaError {
  return new GrafanaError(400, `invalid object specification: ${message}`);
}
