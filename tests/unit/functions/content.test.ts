import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dataSourceFor, drillOf, fill } from '../../../functions/domain/content';
import { panelQueries } from '../../../functions/domain/dashboard-queries';
import { content } from '../../../functions/shared/content';
import { contentValues } from '../../../functions/shared/content-values';

const grafana = join(__dirname, '../../../grafana');
const filesIn = (folder: string) =>
  readdirSync(join(grafana, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, value: JSON.parse(readFileSync(join(grafana, folder, name), 'utf8')) as unknown }));
const values = {
  grafanaUrl: 'https://g-1.grafana-workspace.eu-west-1.amazonaws.com',
  ...contentValues({
    STACK_NAME: 'stack',
    AWS_REGION: 'eu-west-1',
    LOKI_URL: 'http://loki:3100',
    TEMPO_URL: 'http://tempo:3200',
    PROMETHEUS_ENDPOINT: 'https://aps.example/workspaces/ws-1/',
    ALERT_TOPIC_ARN: 'arn:aws:sns:eu-west-1:1:alerts',
    SCRAPE_INTERVAL: '5s',
    TASK_CPU: 256,
    TASK_MEMORY: 512,
    STORE_CPU: 256,
    STORE_MEMORY: 1024,
    TESTER_SCHEDULE: 'ENABLED',
  }),
};

describe('the bundled content', () => {
  it.each([
    ['data-sources', content.dataSources],
    ['alerting/contact-points', content.contactPoints],
    ['alerting/rules', content.rules],
  ] as const)('has every file of %s', (folder, bundled) => {
    expect([...bundled]).toEqual(expect.arrayContaining(filesIn(folder).map(({ value }) => value)));
    expect(bundled).toHaveLength(filesIn(folder).length);
  });

  it('has every dashboard with its sidecar', () => {
    const files = filesIn('dashboards');
    const dashboards = files.filter(({ name }) => !name.endsWith('.empty.json'));
    const names = (models: readonly unknown[]) => models.map((model) => (model as { uid: string }).uid).sort();
    expect(names(content.dashboards.map(({ model }) => model))).toEqual(names(dashboards.map(({ value }) => value)));
    for (const { name, value } of files.filter((file) => file.name.endsWith('.empty.json'))) {
      expect(
        content.dashboards.find(({ model }) => model.uid === basename(name, '.empty.json'))?.possiblyEmpty,
      ).toEqual(value);
    }
  });

  it('names every placeholder that it uses', () => {
    expect(() => fill(content, values)).not.toThrow();
    expect(JSON.stringify(fill(content, values))).not.toContain('@{');
  });

  it.each(['10.4', '12.4', '13.2'])('has one data source of each UID for Grafana %s', (version) => {
    for (const uid of ['prometheus', 'loki', 'tempo', 'cloudwatch']) {
      expect(content.dataSources.filter((file) => file === dataSourceFor(content, uid, version))).toHaveLength(1);
    }
    expect(dataSourceFor(content, 'prometheus', version)?.model.type).toBe(
      version === '10.4' ? 'prometheus' : 'grafana-amazonprometheus-datasource',
    );
  });

  it('has a rule for the drill, and a contact point that sends it', () => {
    expect(content.contactPoints.map(({ model }) => model.name)).toContain(drillOf(content).contactPoint);
  });
});

describe.each(content.dashboards.map(({ model, possiblyEmpty }) => ({ uid: model.uid, model, possiblyEmpty })))(
  'the dashboard $uid',
  ({ model, possiblyEmpty }) => {
    const uids = new Set(content.dataSources.map((file) => file.model.uid));

    it('asks only data sources that exist', () => {
      for (const { id, datasourceUid } of panelQueries(model))
        expect({ id, known: uids.has(datasourceUid) }).toEqual({ id, known: true });
    });

    it('declares only queries that it has as possibly empty, each with a reason', () => {
      const ids = panelQueries(model).map(({ id }) => id);
      for (const [id, reason] of Object.entries(possiblyEmpty)) {
        expect(ids).toContain(id);
        expect(reason).toMatch(/\w+ \w+/);
      }
    });

    it('takes Loki’s and Tempo’s own counters from one task: every task scrapes them, so that a sum over tasks counts twice', () => {
      const scraped = panelQueries(model).filter(({ target }) =>
        /\b(loki|tempo)_\w+_total\b/.test(String(target['expr'])),
      );
      for (const { id, target } of scraped)
        expect({ id, expr: target['expr'] }).toEqual({ id, expr: expect.stringMatching(/^max\(sum by \(task\) /) });
      expect(scraped.length > 0).toBe(model.uid === 'stack-health');
    });

    it('gives every panel an id of its own', () => {
      const ids = model.panels.flatMap((panel) => [panel.id, ...(panel.panels ?? []).map(({ id }) => id)]);
      expect(new Set(ids).size).toBe(ids.length);
    });
  },
);

describe('filling placeholders', () => {
  it('leaves Grafana’s own variables unchanged', () => {
    expect(fill({ a: '@{stack} ${__value.raw} {{label}} $__rate_interval' }, { stack: 'x"y' })).toEqual({
      a: 'x"y ${__value.raw} {{label}} $__rate_interval',
    });
  });

  it('refuses a name without a value', () => {
    expect(() => fill({ a: '@{unknown}' }, {})).toThrow(/@\{unknown\}/);
  });
});
