import { content } from '../../functions/shared/content';
import { AS_DEPLOYED, post, startFixture } from '../helpers/service-fixture';
import { packagedDefinitions } from '../statemachine/support/packaged-machine';
import { hurryRetries, inventory } from '../statemachine/support/scenario';
import { loads } from './expected/load';
import { failureOf, withFaultyCloud } from './support/control-plane';
import { tryFault } from './support/try-fault';

/**
 * Concurrent requests, and S3's time for each. Together they set the service's requests per second on any fast enough
 * machine.
 */
const inFlight = 8;
const s3Milliseconds = 50;
const capacity = (inFlight * 1_000) / s3Milliseconds;
const seconds = 60;

it(
  loads.twice.id,
  () =>
    tryFault(loads.twice, async (note) => {
      const fixture = await startFixture(AS_DEPLOYED);
      try {
        const service = await fixture.another({ MAX_IN_FLIGHT: String(inFlight) });
        fixture.s3.fault = () => ({ kind: 'slow', ms: s3Milliseconds });
        const statuses = new Map<number, number>();
        const health = new Set<number | string>();
        let bare = 0;
        const send = async (key: string) => {
          const response = await post(service, JSON.stringify({ key }));
          await response.arrayBuffer();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status === 503 && !response.headers.has('retry-after')) bare += 1;
        };
        // Paced by the clock, not by responses: callers are independent, and a late tick sends the missed requests.
        const began = performance.now();
        const elapsed = () => (performance.now() - began) / 1_000;
        const under: Promise<void>[] = [];
        let probedAt = 0;
        while (elapsed() < seconds) {
          const due = Math.floor(elapsed() * 2 * capacity);
          while (under.length < due) under.push(send(`twice/${under.length}`));
          if (elapsed() - probedAt > 0.5) {
            probedAt = elapsed();
            under.push(fetch(`${service.url}/health`).then(({ status }) => void health.add(status)));
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const failed = (await Promise.allSettled(under)).filter(({ status }) => status === 'rejected').length;
        const after = new Set<number>();
        for (let index = 0; index < 50; index++) {
          const response = await post(service, JSON.stringify({ key: `after/${index}` }));
          await response.arrayBuffer();
          after.add(response.status);
        }
        const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
        note(
          `${seconds} s, ${Math.round(sent / seconds)} requests a second of ${capacity} that can be served, ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`,
        );
        return [
          ...[...statuses.keys()]
            .filter((status) => status !== 201 && status !== 503)
            .map((status) => `answered ${status}`),
          ...(failed === 0 ? [] : [`${failed} requests had no answer`]),
          ...(sent > 1.9 * capacity * seconds ? [] : [`only ${sent} requests were sent`]),
          ...((statuses.get(201) ?? 0) > 0 ? [] : ['nothing was served']),
          ...(statuses.has(503) ? [] : ['nothing was shed']),
          ...(bare === 0 ? [] : [`${bare} × 503 without Retry-After`]),
          ...(health.size === 1 && health.has(200) ? [] : [`/health answered ${[...health].join(', ')}`]),
          ...(after.size === 1 && after.has(201) ? [] : [`afterwards it answered ${[...after].join(', ')}`]),
        ];
      } finally {
        await fixture.close();
      }
    }),
  120_000,
);

it(loads.bigSetup.id, () =>
  tryFault(loads.bigSetup, async (note) => {
    const definitions = await packagedDefinitions();
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
      return await withFaultyCloud(
        async ({ cloud }) => {
          const ended = await cloud.run('setup');
          const events = JSON.parse(ended.history) as readonly Record<string, { input?: string; output?: string }>[];
          const sizes = events.flatMap((event) =>
            Object.values(event).flatMap((details) => [details?.input?.length ?? 0, details?.output?.length ?? 0]),
          );
          const largest = Math.max(...sizes);
          // aws-facts: execution-history-size
          note(`${events.length} events of 25,000, largest state ${Math.ceil(largest / 1024)} of 256 KiB`);
          const { dashboards, rules } = (await inventory(cloud)) as Readonly<Record<string, number>>;
          return [
            ...failureOf(ended),
            ...(dashboards === 200 && rules === 100
              ? []
              : [`the workspace has ${dashboards} dashboards, ${rules} rules`]),
            ...(events.length < 25_000 ? [] : [`${events.length} events`]),
            ...(largest < 256 * 1024 ? [] : [`a state of ${largest} bytes`]),
          ];
        },
        { definitions },
      );
    } finally {
      (content.dashboards as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...shipped.dashboards);
      (content.rules as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...shipped.rules);
      jest.restoreAllMocks();
    }
  }),
);

/** Extends the list to `count` items with changed copies of its items. */
function multiply(list: unknown[], count: number, change: (copy: unknown, index: number) => void): void {
  const shipped = list.length;
  for (let index = shipped; index < count; index++) {
    const copy = structuredClone(list[index % shipped]);
    change(copy, index);
    list.push(copy);
  }
}
