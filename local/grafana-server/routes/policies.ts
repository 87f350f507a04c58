/** "Alerting provisioning HTTP API": notification policy tree, mute timings and templates. */

import { checkProvenance, provenanceOf, provisioning } from '../alerting/provenance';
import { readPolicy } from '../alerting/read-policy';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import { type HttpCall, jsonBody, ok, type Route } from '../router';

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
      const route = readPolicy(call.grafana, jsonBody(call));
      checkProvenance(call, 'other', call.grafana.alerting.policy);
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
