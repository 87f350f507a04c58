import type { DashboardModel, Panel, Target } from '../../../functions/domain/content';
import { content } from '../../../functions/shared/content';
import { meaningOf } from '../../../local/page/render/series-colour';

/**
 * Rules for every panel of every dashboard. A failure names the dashboard and the panel. Exceptions are listed here by
 * panel, with the reason.
 */
interface Setting {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}
interface DataLink {
  readonly title: string;
  readonly url: string;
}
interface Mapping {
  readonly type: string;
  readonly options: { readonly match?: string; readonly result?: { readonly color?: string; readonly text?: string } };
}
interface Variable {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
}
interface Drawn extends Panel {
  readonly description?: string;
  readonly interval?: string;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly min?: number;
      readonly noValue?: string;
      readonly custom?: Readonly<Record<string, unknown>>;
      readonly links?: readonly DataLink[];
      readonly mappings?: readonly Mapping[];
      readonly thresholds?: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] };
    };
    readonly overrides?: readonly Setting[];
  };
  readonly options?: Readonly<Record<string, unknown>>;
}
interface Place {
  readonly at: string;
  readonly dashboard: DashboardModel;
  readonly panel: Drawn;
}
interface Query extends Place {
  readonly target: Target;
  readonly source: string;
  readonly text: string;
}

const dashboards = content.dashboards.map(({ model }) => model);
const panels: readonly Place[] = dashboards.flatMap((dashboard) =>
  (dashboard.panels as readonly Drawn[])
    .filter(({ type }) => type !== 'row' && type !== 'text')
    .map((panel) => ({ at: `${dashboard.uid}/${panel.id}`, dashboard, panel })),
);
const ofType = (...types: readonly string[]) => panels.filter(({ panel }) => types.includes(panel.type));
const queries: readonly Query[] = panels.flatMap((place) =>
  (place.panel.targets ?? []).map((target) => ({
    ...place,
    at: `${place.at}/${target.refId}`,
    target,
    source: target.datasource?.uid ?? place.panel.datasource?.uid ?? '',
    text: String(target['expr'] ?? target['query'] ?? target['serviceMapQuery'] ?? ''),
  })),
);
const promql = queries.filter(({ source }) => source === 'prometheus');
const variablesOf = (dashboard: DashboardModel): readonly Variable[] =>
  (dashboard['templating'] as { readonly list: readonly Variable[] }).list;

/** The panels that break a rule, so that a failure names them. */
const breaking = <Each extends { readonly at: string }>(all: readonly Each[], keeps: (each: Each) => boolean) =>
  all.filter((each) => !keeps(each)).map(({ at }) => at);

it('has panels and queries to check', () => {
  expect(panels.length).toBeGreaterThan(40);
  expect(promql.length).toBeGreaterThan(30);
});

it('describes every panel in a sentence', () => {
  expect(breaking(panels, ({ panel }) => /^\S.{9,}[.]$/s.test(panel.description ?? ''))).toEqual([]);
});

it('gives every value a unit, and an axis that begins at zero', () => {
  const values = ofType('stat', 'timeseries', 'heatmap');
  expect(breaking(values, ({ panel }) => panel.fieldConfig?.defaults.unit !== undefined)).toEqual([]);
  // A budget that is overspent is below zero.
  const mayBeNegative = ['service-overview/22', 'service-overview/25'];
  expect(breaking(values, ({ panel }) => panel.fieldConfig?.defaults.min === 0)).toEqual(mayBeNegative);
});

it('names the last, highest and mean value of every line', () => {
  const legend = { displayMode: 'table', calcs: ['lastNotNull', 'max', 'mean'] };
  expect(breaking(ofType('timeseries'), ({ panel }) => matches(panel.options?.['legend'], legend))).toEqual([]);
});

it('draws no line over an outage', () => {
  expect(breaking(ofType('timeseries'), ({ panel }) => !panel.fieldConfig?.defaults.custom?.['spanNulls'])).toEqual([]);
});

it('queries the current value for a tile, never the last value of the range', () => {
  const tiles = queries.filter(({ panel }) => panel.type === 'stat');
  expect(breaking(tiles, ({ target }) => target['instant'] === true || target['queryType'] === 'instant')).toEqual([]);
  expect(breaking(ofType('stat'), ({ panel }) => panel.options?.['graphMode'] === 'none')).toEqual([]);
});

it('never shows an outage as zero', () => {
  expect(breaking(promql, ({ text }) => !text.includes('vector(0)'))).toEqual([]);
});

it('shows "no data" in red in every tile that shows whether something is up', () => {
  const ups = queries.filter(
    ({ panel, text }) => panel.type === 'stat' && /^(min|sum)\(last_over_time\(up\{/.test(text),
  );
  expect(ups.map(({ at }) => at)).toEqual([
    'service-overview/7/A',
    ...[2, 3, 4, 5].map((id) => `stack-health/${id}/A`),
  ]);
  const isRed = ({ panel }: Place) =>
    panel.fieldConfig?.defaults.thresholds?.steps[0]?.color === 'red' &&
    panel.fieldConfig.defaults.noValue === 'no data' &&
    (panel.fieldConfig.defaults.mappings ?? []).some(
      ({ type, options }) =>
        type === 'special' &&
        /null/.test(options.match ?? '') &&
        options.result?.color === 'red' &&
        options.result.text === 'no data',
    );
  expect(breaking(ups, isRed)).toEqual([]);
});

it("uses Grafana's rate interval, except where the panel names a fixed window", () => {
  const named = ({ panel, target, text }: Query) =>
    [...text.matchAll(/\[([^\]]+)\]/g)].every(([, window = '']) => {
      if (/^\$__(rate_)?interval$/.test(window)) return true;
      const label = window.replace(/^(\d+)([mh])$/, '$1 $2');
      const said = `${panel.title} ${panel.description} ${String(target['legendFormat'])} ${panel.timeFrom ?? ''}`;
      return (
        said.includes(label) ||
        said.includes(window.replace(/:.*/, '')) ||
        said.includes('@{sloDays}') ||
        // A minute, and the hour that a tile's title writes out.
        (/^(1m|@\{countingWindow\}|90s:@\{scrapeInterval\}|5m)$/.test(window) && said.includes('minute')) ||
        (window === '1h' && said.includes('hour'))
      );
    });
  expect(breaking(queries, named)).toEqual([]);
});

it('uses a step of at least 15 s for metrics that are written each 15 s', () => {
  const slow = promql.filter(
    ({ text }) => /\$__rate_interval/.test(text) && /traces_|_remote_storage_|_distributor_|job=~/.test(text),
  );
  expect(slow.length).toBeGreaterThan(8);
  expect(breaking(slow, ({ target }) => target['interval'] === '15s')).toEqual([]);
});

describe('requests of users', () => {
  it('are what every request panel counts, except the one that also shows probes', () => {
    const counted = promql.filter(({ text }) => /http_request(s_total|_duration)/.test(text));
    const whole = ({ text }: Query) =>
      [...text.matchAll(/http_request(?:s_total|_duration_seconds_bucket)(\{[^}]*\})?/g)].every(([metric]) =>
        metric.includes('{@{userRequests'),
      );
    expect(breaking(counted, whole)).toEqual(['service-overview/9/A']);
  });

  it('are what every rule counts', () => {
    const rules = content.rules.map((rule) => ({ at: rule.uid, text: JSON.stringify(rule.data) }));
    const ofRequests = rules.filter(({ text }) => text.includes('http_requests_total'));
    expect(ofRequests.map(({ at }) => at)).toEqual(['server-errors-sev2', 'server-errors-sev3', 'slo-burn']);
    expect(breaking(ofRequests, ({ text }) => !/http_requests_total(?!\{@\{userRequests\})/.test(text))).toEqual([]);
  });

  it('have one objective, which no panel and no rule repeats', () => {
    expect(JSON.stringify([dashboards.filter(({ uid }) => uid !== 'runbook'), content.rules])).not.toMatch(
      /99[.]5|0[.]005/,
    );
  });
});

describe('colours', () => {
  const meanings: readonly {
    readonly by: string;
    readonly at: readonly string[];
    readonly values: Readonly<Record<string, string>>;
  }[] = [
    {
      by: 'status',
      at: ['service-overview/10'],
      values: { 200: 'green', 304: 'blue', 404: 'orange', 499: 'orange', 503: 'red' },
    },
    {
      by: 'result',
      at: ['business-operations/7'],
      values: {
        success: 'green',
        not_found: 'orange',
        aborted: 'orange',
        refused: 'red',
        unavailable: 'red',
        timeout: 'red',
        error: 'red',
      },
    },
    {
      by: 'detected_level',
      at: ['logs/2'],
      values: { error: 'red', fatal: 'red', warn: 'orange', info: 'green', debug: 'blue' },
    },
  ];

  it.each(meanings)('of $by are fixed, the same in every panel and on the local page', ({ by, at, values }) => {
    const grouped = queries.filter(({ text }) => new RegExp(`by \\([^)]*\\b${by}\\b`).test(text));
    expect(grouped.map((query) => query.at.replace(/\/\w$/, ''))).toEqual(at);
    for (const { panel, target } of grouped) {
      for (const [value, colour] of Object.entries(values)) {
        const name = String(target['legendFormat'])
          .replace(`{{${by}}}`, value)
          .replaceAll(/\{\{\w+\}\}/g, 'get');
        expect({ name, colour: colourOf(panel, name) }).toEqual({ name, colour });
        if (by !== 'detected_level') expect(meaningOf({ [by]: value })).toBe(colour);
      }
    }
  });
});

describe('variables', () => {
  it.each(dashboards.filter(({ uid }) => uid !== 'runbook').map((dashboard) => [dashboard.uid, dashboard] as const))(
    'of %s are applied in every query of Prometheus, Loki and Tempo, and described',
    (uid, dashboard) => {
      const variables = variablesOf(dashboard);
      for (const { name, label, description } of variables) {
        expect({ name, label, description }).toEqual({
          name,
          label: expect.stringMatching(/\w/),
          description: expect.stringMatching(/[.]$/),
        });
      }
      const asked = queries.filter(
        (query) => query.dashboard.uid === uid && ['prometheus', 'loki', 'tempo'].includes(query.source),
      );
      const unused = asked.flatMap(({ at, target, text }) =>
        variables
          .filter(({ name }) => !text.includes(`$${name}`) && !isExempt(name, target))
          .map(({ name }) => `${at} $${name}`),
      );
      expect(unused).toEqual([]);
    },
  );

  it('of the logs are service, level, status, text and trace', () => {
    const logs = dashboards.find(({ uid }) => uid === 'logs');
    expect(logs && variablesOf(logs).map(({ name }) => name)).toEqual([
      'stage',
      'service',
      'task',
      'level',
      'status',
      'text',
      'trace',
    ]);
  });

  /**
   * How slow a trace must be chooses rows of the tables; series of spans have no single duration. The service graph is
   * of all services. The gateway's own series are of none of the data processor's tasks.
   */
  function isExempt(name: string, target: Target): boolean {
    if (name === 'task') return String(target['expr']).includes('otelcol_');
    const isGraph = target['queryType'] === 'serviceMap' || String(target['expr']).includes('traces_service_graph_');
    return (name === 'slower' && target['queryType'] !== 'traceql') || (name === 'service' && isGraph);
  }
});

describe('links', () => {
  const links = panels.flatMap((place) =>
    (place.panel.fieldConfig?.defaults.links ?? []).map((link) => ({
      ...place,
      link,
      url: new URL(link.url, 'http://grafana'),
    })),
  );

  it('lead to a dashboard that is shipped, and set only variables that it has', () => {
    expect(links.length).toBeGreaterThan(15);
    for (const { at, url, dashboard } of links) {
      const target = dashboards.find(({ uid }) => uid === url.pathname.split('/')[2]);
      expect({ at, target: target?.uid }).toEqual({ at, target: expect.any(String) });
      const known = target ? variablesOf(target).map(({ name }) => name) : [];
      const own = variablesOf(dashboard).map(({ name }) => name);
      for (const name of url.searchParams.keys()) {
        const set = /^var-(\w+)$/.exec(name)?.[1];
        const passed = /^\$\{(\w+):queryparam\}$/.exec(name)?.[1];
        if (set !== undefined) expect({ at, set: known.includes(set) }).toEqual({ at, set: true });
        else if (passed !== undefined)
          expect({ at, passed: known.includes(passed) && own.includes(passed) }).toEqual({ at, passed: true });
        else expect({ at, name }).toEqual({ at, name: '${__url_time_range}' });
      }
      expect({ at, keepsTime: url.searchParams.has('${__url_time_range}') }).toEqual({ at, keepsTime: true });
    }
  });

  it('use only labels that their series carry', () => {
    for (const { at, link, panel } of links) {
      for (const [, label = ''] of link.url.matchAll(/__field\.labels\.(\w+)/g)) {
        const texts = (panel.targets ?? []).map((target) => String(target['expr']));
        expect({ at, label, texts }).toEqual({
          at,
          label,
          texts: texts.map(() => expect.stringMatching(new RegExp(`by \\([^)]*\\b${label}\\b`))),
        });
      }
    }
  });

  it.each([
    ['server errors to their log lines', /server errors|status/, '/d/logs'],
    ['a slow percentile to the traces that took longer', /Traces that took longer/, '/d/traces'],
    ['a task to its log lines', /of this task/, '/d/logs'],
  ])('lead from %s', (_, title, path) => {
    expect(links.filter(({ link, url }) => title.test(link.title) && url.pathname === path).length).toBeGreaterThan(1);
  });

  it('are on every panel of server errors, of a percentile of durations and of a task', () => {
    const wants = (text: string) =>
      /status=~\\?"5/.test(text) || /histogram_quantile\(0\.95/.test(text) || /^\w+ by \(task\)/.test(text);
    const without = panels.filter(
      ({ panel }) =>
        (panel.targets ?? []).some((target) => wants(String(target['expr'] ?? ''))) &&
        (panel.fieldConfig?.defaults.links ?? []).length === 0,
    );
    expect(without.map(({ at }) => at)).toEqual([]);
  });
});

it('marks setups and the starts of tasks on every dashboard with a time axis', () => {
  const withTime = dashboards.filter(({ uid }) => uid !== 'runbook');
  for (const dashboard of withTime) {
    const { list } = dashboard['annotations'] as { readonly list: readonly Readonly<Record<string, unknown>>[] };
    expect({ uid: dashboard.uid, names: list.map(({ name }) => name) }).toEqual({
      uid: dashboard.uid,
      names: ['Setups', 'Task starts'],
    });
  }
});

it('lists alerts on the overview', () => {
  expect(ofType('alertlist').map(({ at }) => at)).toEqual(['service-overview/23']);
});

function matches(value: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(
    ([name, each]) => JSON.stringify((value as Readonly<Record<string, unknown>>)[name]) === JSON.stringify(each),
  );
}

/** What Grafana draws a series of that name in: the last override that matches wins. */
function colourOf(panel: Drawn, name: string): string | undefined {
  const found = (panel.fieldConfig?.overrides ?? []).findLast(
    ({ matcher }) => matcher.id === 'byRegexp' && new RegExp(matcher.options.replace(/^\/|\/$/g, '')).test(name),
  );
  const colour = found?.properties.find(({ id }) => id === 'color')?.value as
    | { readonly mode: string; readonly fixedColor: string }
    | undefined;
  return colour?.mode === 'fixed' ? colour.fixedColor : undefined;
}
