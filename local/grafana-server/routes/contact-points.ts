/**
 * "Alerting provisioning HTTP API": contact points, mute timings, templates;
 * pkg/services/ngalert/api/api_provisioning.go.
 */
import { randomBytes } from 'node:crypto';
import { checkSettings, notifiers } from '../alerting/contact-point-settings';
import type { ContactPoint } from '../alerting/model';
import { checkProvenance, provenanceOf, provisioning } from '../alerting/provenance';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { type HttpCall, jsonBody, ok, type Route } from '../router';

export const contactPointRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/provisioning/contact-points',
    role: provisioning,
    permission: 'alert.provisioning:read',
    handle: ({ grafana, query }) => {
      const name = query.get('name');
      return ok(grafana.alerting.contactPoints.filter((point) => name === null || point.name === name).map(toDto));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/provisioning/contact-points',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const point = read(call, undefined);
      if (call.grafana.alerting.contactPoints.some((other) => other.uid === point.uid))
        throw new GrafanaError(409, `contact point with uid '${point.uid}' already exists`);
      call.grafana.alerting.contactPoints = [...call.grafana.alerting.contactPoints, point];
      return { status: 202, body: toDto(point), headers: warning(call.grafana) };
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/contact-points/:uid',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const before = find(call);
      checkProvenance(call, 'other', before);
      const point = read(call, before);
      call.grafana.alerting.contactPoints = call.grafana.alerting.contactPoints.map((other) =>
        other.uid === before.uid ? point : other,
      );
      return { status: 202, body: { message: 'contactpoint updated' }, headers: warning(call.grafana) };
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/provisioning/contact-points/:uid',
    role: provisioning,
    permission: 'alert.provisioning:write',
    handle: (call) => {
      const { alerting } = call.grafana;
      const point = alerting.contactPoints.find(({ uid }) => uid === call.params['uid']);
      const deleted = { status: 202, body: { message: 'contactpoint deleted' }, headers: warning(call.grafana) };
      // Deleting a contact point that does not exist is not an error (RouteDeleteContactPoint).
      if (point === undefined) return deleted;
      checkProvenance(call, 'other', point);
      const last = alerting.contactPoints.filter((other) => other.name === point.name).length === 1;
      if (last && alerting.usesReceiver(point.name))
        throw new GrafanaError(
          call.grafana.features.conflict,
          `contact point '${point.name}' is currently used by a notification policy`,
        );
      alerting.contactPoints = alerting.contactPoints.filter((other) => other.uid !== point.uid);
      return deleted;
    },
  },
  {
    // GET /api/alert-notifiers: the receiver types of this version and their settings.
    method: 'GET',
    path: '/api/alert-notifiers',
    role: 'EDITOR',
    permission: 'alert.notifications:write',
    handle: ({ grafana }) =>
      ok(
        notifiers(grafana.features).map((one) => ({
          type: one.type,
          name: one.name,
          heading: `${one.name} settings`,
          description: `Sends notifications by ${one.name}`,
          info: '',
          options: one.options.map((option) => ({
            element: 'input',
            inputType: 'text',
            placeholder: '',
            description: '',
            secure: false,
            dependsOn: '',
            ...option,
          })),
        })),
      ),
  },
];

function toDto(point: ContactPoint): Record<string, unknown> {
  const { provenance, ...rest } = point;
  return provenance ? { ...rest, provenance } : rest;
}

/** 13: the legacy write path works, with a deprecation warning. */
function warning(grafana: Grafana): Record<string, string> {
  return grafana.features.contactPointWarning
    ? { warning: '299 - "contact point provisioning API is deprecated, use the notifications App Platform API"' }
    : {};
}

function find(call: HttpCall): ContactPoint {
  const uid = call.params['uid'] ?? '';
  const point = call.grafana.alerting.contactPoints.find((other) => other.uid === uid && uid !== '');
  if (!point) throw new GrafanaError(404, `contact point with uid '${uid}' not found`);
  return point;
}

function read(call: HttpCall, before: ContactPoint | undefined): ContactPoint {
  const body = jsonBody(call);
  refuseUnknown('a contact point', body, ['uid', 'name', 'type', 'settings', 'disableResolveMessage', 'provenance']);
  const { name, type, settings } = body;
  if (typeof name !== 'string' || name === '')
    throw badRequest('invalid object specification: contact point name should not be an empty string');
  if (typeof type !== 'string' || type === '')
    throw badRequest('invalid object specification: contact point type should not be an empty string');
  if (!isObject(settings)) throw badRequest('invalid object specification: settings should not be empty');
  checkSettings(call.grafana.features, type, settings);
  const uid =
    before?.uid ?? (typeof body['uid'] === 'string' && body['uid'] ? body['uid'] : randomBytes(7).toString('hex'));
  if (!/^[a-zA-Z0-9_-]{1,40}$/.test(uid)) throw badRequest(`invalid object specification: invalid UID ${uid}`);
  return {
    uid,
    name,
    type,
    settings,
    disableResolveMessage: body['disableResolveMessage'] === true,
    provenance: provenanceOf(call),
  };
}
