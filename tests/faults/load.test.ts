import { readdirSync } from 'node:fs';
import { content } from '../../functions/shared/content';
import { post, startFixture } from '../helpers/service-fixture';
import { hurryRetries } from '../statemachine/support/scenario';
import { loads } from './expected/load';
import { failureOf, withFaultyCloud } from './support/control-plane';
import { tryFault } from './support/try-fault';

it(loads.twice.id, () =>
  tryFault(loads.twice, async (note) => {
    const fixture = await startFixture();
    try {
      const service = await fixture.another({ MAX_IN_FLIGHT: '16' });
      fixture.s3.fault = () => ({ kind: 'slow', ms: 20 });
      const statuses = new Map<number, number>();
      let bare = 0;
      let left = 2_000;
      const caller = async () => {
        while (left-- > 0) {
          const response = await post(service, JSON.stringify({ key: `twice/${left}` }));
          await response.arrayBuffer();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status === 503 && !response.headers.has('retry-after')) bare += 1;
        }
      };
      const callers = Promise.all(Array.from({ length: 32 }, caller));
      const health: number[] = [];
      while (left > 0) health.push((await fetch(`${service.url}/health`)).status);
      await callers;
      const after: number[] = [];
      for (let index = 0; index < 50; index++) {
        const response = await post(service, JSON.stringify({ key: `after/${index}` }));
        await response.arrayBuffer();
        after.push(response.status);
      }
      note([...statuses].map(([status, count]) => `${count} × ${status}`).join(', '));
      return [
        ...[...statuses.keys()]
          .filter((status) => status !== 201 && status !== 503)
          .map((status) => `answered ${status}`),
        ...(statuses.has(503) ? [] : ['nothing was shed']),
        ...(bare === 0 ? [] : [`${bare} × 503 without Retry-After`]),
        ...(health.every((status) => status === 200) ? [] : ['/health was not 200']),
        ...(after.every((status) => status === 201) ? [] : ['not every request afterwards was 201']),
      ];
    } finally {
      await fixture.close();
    }
  }),
);

it(loads.bigSetup.id, () =>
  tryFault(loads.bigSetup, async (note) => {
    hurryRetries();
    const shipped = { dashboards: [...content.dashboards], rules: [...content.rules] };
    multiply(content.dashboards as unknown[], 200, (entry, index) => {
      const { model } = entry as { model: { uid: string; title: string } };
      Object.assign(model, { uid: `${model.uid}-${index}`.slice(-40), title: `${model.title} ${index}` });
    });
    multiply(content.rules as unknown[], 100, (entry, index) => {
      const rule = ('model' in (entry as object) ? (entry as { model: object }).model : entry) as Record<
        string,
        string
      >;
      Object.assign(rule, { uid: `${rule['uid']}-${index}`.slice(-40), title: `${rule['title']} ${index}` });
    });
    try {
      return await withFaultyCloud(async ({ cloud }) => {
        const ended = await cloud.run('setup');
        const events = JSON.parse(ended.history) as readonly Record<string, { input?: string; output?: string }>[];
        const sizes = events.flatMap((event) =>
          Object.values(event).flatMap((details) => [details?.input?.length ?? 0, details?.output?.length ?? 0]),
        );
        const largest = Math.max(...sizes);
        note(`${events.length} events of 25,000, largest state ${Math.ceil(largest / 1024)} of 256 KiB`);
        return [
          ...failureOf(ended),
          ...(events.length < 25_000 ? [] : [`${events.length} events`]),
          ...(largest < 256 * 1024 ? [] : [`a state of ${largest} bytes`]),
        ];
      });
    } finally {
      (content.dashboards as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...shipped.dashboards);
      (content.rules as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...shipped.rules);
      jest.restoreAllMocks();
    }
  }),
);

it(loads.soak.id, () =>
  tryFault(loads.soak, async (note) => {
    const fixture = await startFixture();
    try {
      const { service } = fixture;
      const run = async (count: number) => {
        let left = count;
        const caller = async () => {
          while (left-- > 0) await (await post(service, '{"key":"soak","value":1}')).arrayBuffer();
        };
        await Promise.all(Array.from({ length: 8 }, caller));
      };
      const memory = async () => {
        const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
        return Number(/^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(text)?.[1] ?? Number.NaN) / 1024 / 1024;
      };
      const files = () => readdirSync(`/proc/${service.child.pid}/fd`).length;
      await run(2_000);
      const before = { memory: await memory(), files: files() };
      await run(2_000);
      const grown = { memory: Math.round((await memory()) - before.memory), files: files() - before.files };
      note(`memory ${grown.memory} MB, files ${grown.files}`);
      return [
        ...(grown.memory < 32 ? [] : [`memory grew by ${grown.memory} MB`]),
        ...(grown.files <= 0 ? [] : [`${grown.files} more open files`]),
      ];
    } finally {
      await fixture.close();
    }
  }),
);

/** Fills the list up to `count` with changed copies of what is in it. */
function multiply(list: unknown[], count: number, change: (copy: unknown, index: number) => void): void {
  const shipped = list.length;
  for (let index = shipped; index < count; index++) {
    const copy = structuredClone(list[index % shipped]);
    change(copy, index);
    list.push(copy);
  }
}
