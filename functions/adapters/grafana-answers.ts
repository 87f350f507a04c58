import * as z from 'zod';
import type { Method } from '../domain/grafana';

/** Other members are allowed: Grafana versions differ in what they add. */
const object = z.looseObject({});
const named = z.looseObject({ uid: z.string().min(1), title: z.string() });
/** Grafana's confirmation of a write, if it does not return what it stored. */
const accepted = z.looseObject({ message: z.string() });
const dataSource = z.looseObject({ uid: z.string().min(1), name: z.string(), type: z.string() });
const contactPoint = z.looseObject({ uid: z.string().optional(), name: z.string(), type: z.string() });

/**
 * The shape of each response that the steps rely on, by route; `*` matches any text. The response to a write must show
 * that it was stored. Only successful responses are checked; the first matching line counts.
 */
const shapes: readonly (readonly [method: Method, path: string, shape: z.ZodType])[] = [
  ['GET', '/api/frontend/settings', z.looseObject({ buildInfo: z.looseObject({ version: z.string().min(1) }) })],
  ['GET', '/api/plugins/*/settings', z.looseObject({ id: z.string().min(1) })],
  // The response differs by version. The caller checks afterwards whether the plugin is installed.
  ['POST', '/api/plugins/*/install', z.unknown()],
  // The data source's backend responds. The checks validate its response themselves.
  ['GET', '/api/datasources/proxy/*', z.unknown()],
  ['GET', '/api/datasources/uid/*/health', z.looseObject({ status: z.string() })],
  ['GET', '/api/datasources/uid/*', dataSource],
  ['GET', '/api/datasources', z.array(dataSource)],
  ['POST', '/api/datasources', z.looseObject({ datasource: dataSource })],
  ['PUT', '/api/datasources/uid/*', z.looseObject({ datasource: dataSource })],
  ['GET', '/api/folders/*', named],
  ['POST', '/api/folders', named],
  ['PUT', '/api/folders/*', named],
  ['GET', '/api/dashboards/uid/*', z.looseObject({ dashboard: z.looseObject({ uid: z.string() }), meta: object })],
  ['POST', '/api/dashboards/db', z.looseObject({ uid: z.string().min(1), status: z.string() })],
  ['DELETE', '/api/dashboards/uid/*', object],
  ['POST', '/api/annotations', accepted],
  ['GET', '/api/search', z.array(named)],
  ['POST', '/api/ds/query', z.looseObject({ results: z.record(z.string(), object) })],
  ['GET', '/api/v1/provisioning/contact-points', z.array(contactPoint)],
  ['POST', '/api/v1/provisioning/contact-points', contactPoint],
  ['PUT', '/api/v1/provisioning/contact-points/*', accepted],
  ['DELETE', '/api/v1/provisioning/contact-points/*', z.unknown()],
  ['GET', '/api/v1/provisioning/mute-timings', z.array(z.looseObject({ name: z.string() })).nullable()],
  ['GET', '/api/v1/provisioning/templates', z.array(z.looseObject({ name: z.string() })).nullable()],
  ['GET', '/api/v1/provisioning/policies', z.looseObject({ receiver: z.string() })],
  ['PUT', '/api/v1/provisioning/policies', accepted],
  [
    'GET',
    '/api/v1/provisioning/folder/*/rule-groups/*',
    z.looseObject({ interval: z.number(), rules: z.array(named) }),
  ],
  ['PUT', '/api/v1/provisioning/folder/*/rule-groups/*', z.looseObject({ interval: z.number() })],
  ['GET', '/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/*', z.looseObject({ spec: object })],
  ['GET', '/api/v1/provisioning/alert-rules', z.array(named)],
  ['GET', '/api/v1/provisioning/alert-rules/*', named],
  ['POST', '/api/v1/provisioning/alert-rules', named],
  ['PUT', '/api/v1/provisioning/alert-rules/*', named],
  ['DELETE', '/api/v1/provisioning/alert-rules/*', z.unknown()],
  ['GET', '/api/prometheus/grafana/api/v1/rules', z.looseObject({ data: z.looseObject({ groups: z.array(object) }) })],
  ['GET', '/api/alertmanager/grafana/config/api/v1/receivers', z.array(z.looseObject({ name: z.string() }))],
  // The result is in the body. Its form differs by version.
  ['POST', '/api/alertmanager/grafana/config/api/v1/receivers/test', object],
  ['POST', '/apis/notifications.alerting.grafana.app/v1beta1/namespaces/default/receivers/*/test', object],
];

const routes = shapes.map(([method, path, shape]) => ({ fits: matcher(method, path), shape }));

/** Why a body does not have the route's shape; undefined if it has. Routes outside the list above are not checked. */
export function shapeMismatch(method: Method, path: string, body: unknown): string | undefined {
  const error = shapeOf(method, path)?.safeParse(body).error;
  const [issue] = error?.issues ?? [];
  return issue && `${issue.path.join('.') || 'the answer'}: ${issue.message}`;
}

/** The shape of a route's answer. A test checks that every route of the steps has one. */
export function shapeOf(method: Method, path: string): z.ZodType | undefined {
  const name = `${method} ${path.split('?')[0]}`;
  return routes.find(({ fits }) => fits.test(name))?.shape;
}

function matcher(method: Method, path: string): RegExp {
  const pattern = path.split('*').map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${method} ${pattern.join('.+')}$`);
}
