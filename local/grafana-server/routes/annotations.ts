/** "Annotations HTTP API" (annotations.md), the part without dashboards' permissions. */
import { badRequest, GrafanaError, refuseUnknown } from '../errors';
import { jsonBody, ok, type Route } from '../router';

export const annotationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/annotations',
    role: 'VIEWER',
    permission: 'annotations:read',
    handle: ({ grafana, query }) => {
      const from = Number(query.get('from') ?? 0);
      const to = Number(query.get('to') ?? Number.MAX_SAFE_INTEGER);
      const tags = query.getAll('tags');
      const limit = Number(query.get('limit') ?? 100);
      const found = grafana.annotations.filter(
        (one) => one.timeEnd >= from && one.time <= to && tags.every((tag) => one.tags.includes(tag)),
      );
      return ok(found.slice(-limit).reverse());
    },
  },
  {
    method: 'POST',
    path: '/api/annotations',
    role: 'EDITOR',
    permission: 'annotations:create',
    handle: (call) => {
      const body = jsonBody(call);
      refuseUnknown('an annotation', body, [
        'dashboardUID',
        'dashboardId',
        'panelId',
        'time',
        'timeEnd',
        'tags',
        'text',
        'data',
      ]);
      if (typeof body['text'] !== 'string' || body['text'] === '')
        throw badRequest('Failed to save annotation: text field should not be empty');
      const time = typeof body['time'] === 'number' ? body['time'] : call.grafana.options.now();
      const id = (call.grafana.annotations.at(-1)?.id ?? 0) + 1;
      call.grafana.annotations.push({
        id,
        time,
        timeEnd: typeof body['timeEnd'] === 'number' ? body['timeEnd'] : time,
        text: body['text'],
        tags: Array.isArray(body['tags']) ? body['tags'].map(String) : [],
        dashboardUID: typeof body['dashboardUID'] === 'string' ? body['dashboardUID'] : '',
        panelId: typeof body['panelId'] === 'number' ? body['panelId'] : 0,
      });
      return ok({ message: 'Annotation added', id });
    },
  },
  {
    method: 'DELETE',
    path: '/api/annotations/:id',
    role: 'EDITOR',
    permission: 'annotations:delete',
    handle: ({ grafana, params }) => {
      const index = grafana.annotations.findIndex((one) => String(one.id) === params['id']);
      if (index < 0) throw new GrafanaError(404, 'Could not find annotation to update');
      grafana.annotations.splice(index, 1);
      return ok({ message: 'Annotation deleted' });
    },
  },
];
