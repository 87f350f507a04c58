/** "Alerting provisioning HTTP API": notification policy tree, mute timings and templates. */
import type { NotificationRoute, ObjectMatcher } from '../alerting/model';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { parseDuration } from '../queries/query';
import { type HttpCall, jsonBody, ok, type Route } from '../router';
import { provenanceOf, provisioning } from './contact-points';

export const policyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/provisioning/policies',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana }) => ok(grafana.alerting.policy),
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/policies',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const route = readRoute(call.grafana, jsonBody(call), true);
      const provenance = provenanceOf(call);
      call.grafana.alerting.policy = provenance ? { ...route, provenance } : route;
      return { status: 202, body: { message: 'policies updated' } };
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/provisioning/policies',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: ({ grafana }) => {
      grafana.alerting.resetPolicy();
      return { status: 202, body: grafana.alerting.policy };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/mute-timings',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana }) => ok([...grafana.alerting.muteTimings.values()]),
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/mute-timings/:name',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana, params }) => ok(named(grafana.alerting.muteTimings, params['name'], 'mute timing')),
  },
  {
    method: 'POST',
    path: '/api/v1/provisioning/mute-timings',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const body = jsonBody(call);
      const name = String(body['name'] ?? '');
      if (call.grafana.alerting.muteTimings.has(name))
        throw new GrafanaError(409, `mute timing '${name}' already exists`);
      return { status: 201, body: putMuteTiming(call, name, body) };
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/mute-timings/:name',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const before = named(call.grafana.alerting.muteTimings, call.params['name'], 'mute timing');
      return { status: 202, body: putMuteTiming(call, before.name, jsonBody(call)) };
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/provisioning/mute-timings/:name',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: ({ grafana, params }) => {
      grafana.alerting.muteTimings.delete(params['name'] ?? '');
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/templates',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana }) => ok([...grafana.alerting.templates.values()]),
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/templates/:name',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana, params }) => ok(named(grafana.alerting.templates, params['name'], 'template')),
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/templates/:name',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const body = jsonBody(call);
      refuseUnknown('a template', body, ['template', 'version', 'name']);
      const template = {
        name: call.params['name'] ?? '',
        template: String(body['template'] ?? ''),
        provenance: provenanceOf(call),
      };
      if (template.template === '') throw badRequest('invalid object specification: template must have content');
      call.grafana.alerting.templates.set(template.name, template);
      return { status: 202, body: template };
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/provisioning/templates/:name',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: ({ grafana, params }) => {
      grafana.alerting.templates.delete(params['name'] ?? '');
      return { status: 204 };
    },
  },
];

function named<T>(items: ReadonlyMap<string, T>, name: string | undefined, what: string): T {
  const found = items.get(name ?? '');
  if (!found) throw new GrafanaError(404, `${what} '${name ?? ''}' not found`);
  return found;
}

function putMuteTiming(call: HttpCall, name: string, body: Record<string, unknown>): unknown {
  refuseUnknown('a mute timing', body, ['name', 'time_intervals', 'version', 'provenance']);
  const intervals = body['time_intervals'];
  if (name === '' || !Array.isArray(intervals))
    throw badRequest('invalid object specification: a mute timing needs a name and time_intervals');
  const timing = { name, time_intervals: intervals.filter(isObject), provenance: provenanceOf(call) };
  call.grafana.alerting.muteTimings.set(name, timing);
  return timing;
}

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

/** Validation of pkg/services/ngalert/notifier: known receivers and mute timings, durations, the root without matchers. */
function readRoute(grafana: Grafana, value: unknown, root: boolean): NotificationRoute {
  if (!isObject(value)) throw badRequest();
  refuseUnknown('a notification policy', value, members);
  const receiver = value['receiver'];
  if (root && (typeof receiver !== 'string' || receiver === ''))
    throw invalid('root route must specify a default receiver');
  if (
    typeof receiver === 'string' &&
    receiver !== '' &&
    !grafana.alerting.contactPoints.some((point) => point.name === receiver)
  )
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
