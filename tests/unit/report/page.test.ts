import { createReport, type HistoryEvent, type Report, type ReportContext, renderPage } from '../../../report';
import { HistoryWriter } from '../../helpers/history-writer';
import { failedSetup, goodSetup } from '../../helpers/setup-histories';

const context: ReportContext = {
  executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:stack-setup:run-1',
  machine: 'setup',
  stack: 'grafana-observability-dev',
  generatedAt: new Date(Date.UTC(2026, 10, 23, 12, 3, 0)),
};

/** The history at the time of PublishReport, which is still running. */
function seenByPublishReport(history: HistoryWriter): readonly HistoryEvent[] {
  history.enter('Task', 'PublishReport');
  history.add('TaskScheduled');
  history.add('TaskStarted');
  return history.events;
}

const good = (): Report =>
  createReport(seenByPublishReport(goodSetup()), {
    ...context,
    writtenBy: 'PublishReport',
    links: { grafana: 'https://g-abc.example.org', odd: 'javascript:alert(1)' },
  });
const failed = (message?: string, definition?: unknown): Report =>
  createReport(failedSetup(message).events, { ...context, definition });

describe('the report', () => {
  it('counts as succeeded when PublishReport writes it, although the execution still runs', () => {
    const report = good();
    expect(report).toMatchObject({
      outcome: 'succeeded',
      mode: 'apply',
      format: 1,
      changes: { added: 2, updated: 1, unchanged: 1, passed: 3 },
    });
    expect(report.steps.at(-1)).toMatchObject({
      name: 'PublishReport',
      outcome: 'succeeded',
      detail: 'wrote this report',
    });
  });

  it('counts as running when no writer is given', () => {
    expect(createReport(seenByPublishReport(goodSetup()), context).outcome).toBe('running');
  });

  it('is plain JSON: parsing it gives the same report', () => {
    const report = good();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('names the failed step with its cause, and the steps that were not reached', () => {
    const definition = {
      StartAt: 'TakeLock',
      States: {
        TakeLock: { Type: 'Task', Next: 'Ready' },
        Ready: { Type: 'Choice', Choices: [{ Variable: '$.x', Next: 'VerifySignals' }], Default: 'Rest' },
        Rest: { Type: 'Wait', Next: 'TakeLock' },
        VerifySignals: { Type: 'Task', Next: 'JudgeResults' },
        JudgeResults: { Type: 'Task', End: true },
      },
    };
    const expected = {
      outcome: 'failed',
      failure: { step: 'VerifySignals', error: 'SignalsMissing' },
      notReached: ['JudgeResults'],
    };
    expect(failed(undefined, definition)).toMatchObject(expected);
    expect(failed(undefined, JSON.stringify(definition))).toMatchObject(expected);
    expect(failed(undefined, 'not a definition').notReached).toEqual([]);
  });

  it('keeps each attempt with its time and cause, and each item with its evidence', () => {
    const report = good();
    const configure = report.steps.find(({ name }) => name === 'ConfigureWorkspace');
    expect(configure?.tries.map(({ failure }) => failure?.error)).toEqual(['ThrottlingException', undefined]);
    const verify = report.steps.find(({ name }) => name === 'VerifySignals');
    expect(verify?.items.map(({ name, evidence }) => [name, Object.keys(evidence)])).toEqual([
      ['traces', ['checks']],
      ['metrics', ['checks']],
    ]);
  });
});

describe('the page', () => {
  it('names every step with its outcome in the drawing and in the list', () => {
    const report = good();
    const page = renderPage(report);
    for (const { name } of report.steps) expect(page.split(`>${name}<`)).toHaveLength(3);
    expect(page).toContain('The observability stack is set up and all checks passed');
    expect(page).toContain('↻ 4');
  });

  it.each([
    [['passed', 'passed'], 'apply', ['2 checks passed'], 'is set up and all checks passed'],
    [['passed', 'not-evaluated'], 'apply', ['1 check passed', '1 check not evaluated'], 'is set up'],
    [['failed', 'passed'], 'apply', ['1 check passed', '1 check failed'], 'is set up'],
    [['passed', 'passed'], 'verify', ['2 checks passed'], 'has not drifted and all checks passed'],
  ] as const)(
    'counts checks in its tiles, not states with the outcome passed: %j, %s',
    (outcomes, mode, tiles, headline) => {
      const history = goodSetup(outcomes, mode);
      history.task('JudgeResults', { outcome: 'passed', detail: 'all' });
      history.add('ExecutionSucceeded');
      const page = renderPage(createReport(history.events, context));
      const shown = [...page.matchAll(/<div class="tile [a-z]*"><b>([^<]*)<\/b><span>([^<]*)<\/span>/g)].map(
        ([, value, label]) => `${value} ${label}`,
      );
      expect(shown.slice(2)).toEqual(['2 added', '1 updated', '1 unchanged', ...tiles]);
      expect(page).toContain(`<h1>The observability stack ${headline}</h1>`);
    },
  );

  it('reports that the stack has drifted, not the state that noticed it', () => {
    const history = new HistoryWriter().start({ mode: 'verify' });
    history.enter('Task', 'JudgeResults');
    history.failedTry('DriftFound', 'applyDashboards: 1 drifted');
    history.exit('Task', 'JudgeResults');
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'DriftFound', cause: 'x' } });
    expect(renderPage(createReport(history.events, context))).toContain('The observability stack has drifted');
  });

  it('ends an arrow above the second box of a Map', () => {
    const page = renderPage(good());
    const boxes = [...page.matchAll(/<rect class="box(?: behind)?" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) =>
      Number(y),
    );
    const tips = [...page.matchAll(/<path class="tip" d="M[\d.]+ [\d.]+ L[\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect(tips.length).toBeGreaterThan(5);
    for (const tip of tips) expect(boxes.filter((top) => tip > top && tip < top + 28)).toEqual([]);
  });

  it('makes no network request and runs no script', () => {
    const page = renderPage(good());
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son[a-z]+=/i);
    expect(page.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="https://g-abc.example.org"']);
    expect(page).toContain("default-src 'none'");
  });

  it('shows the failed step, its cause, and that the rest was not reached', () => {
    const page = renderPage(failed(undefined, { StartAt: 'A', States: { A: { Type: 'Task', End: true } } }));
    expect(page).toContain('The observability stack stopped at VerifySignals');
    expect(page).toContain('Look at the log group /ecs/stack/tempo.');
    expect(page).toContain('not reached');
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    '<svg/onload=alert(1)>',
    '&lt;b&gt;',
  ])('escapes %s', (attack) => {
    const history = new HistoryWriter().start({ mode: attack });
    history.task(attack, {
      outcome: attack,
      detail: attack,
      checks: [{ [attack]: attack, outcome: attack }],
      nested: { [attack]: attack },
    });
    history.enter('Task', 'Fails');
    history.failedTry(attack, attack);
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: attack, cause: attack } });
    const page = renderPage(
      createReport(history.events, { ...context, stack: attack, executionArn: attack, links: { [attack]: attack } }),
    );
    expect(page).not.toContain(attack);
    expect(page).not.toMatch(/<(?:script|img)/i);
  });

  it('makes links only of http and https URLs', () => {
    expect(renderPage(good())).not.toContain('href="javascript:');
  });

  it('colours yes and no by their meaning, and writes a list of names as text', () => {
    const history = new HistoryWriter().start();
    history.task('TakeLock', { outcome: 'done', verifyOnly: false, signals: ['traces', 'logs'] });
    const page = renderPage(createReport(history.events, context));
    expect(page).toContain('<span class="tone calm">no</span>');
    expect(page).not.toContain('<span class="tone bad">no</span>');
    expect(page).toContain('traces, logs');
    expect(renderPage(good())).toContain('<span class="tone good">yes</span>');
  });

  it('says so when only the start is known', () => {
    const page = renderPage(createReport(new HistoryWriter().start().events, context));
    expect(page).toContain('is in progress');
  });
});

describe('credentials', () => {
  const planted = [
    'glsa_AbCdEfGhIjKlMnOpQrStUvWxYz012345_6789abcd',
    'Bearer eyJhbGciOiJIUzI1NiJ9.payload.signature',
    'AKIAIOSFODNN7EXAMPLE',
    'https://admin:hunter22@grafana.example.org/',
    'https://bucket.example.org/?X-Amz-Signature=0123456789abcdef0123',
  ];

  it.each(planted)('masks %s wherever it stands', (secret) => {
    const history = new HistoryWriter().start();
    history.task('OpenAccess', { outcome: 'done', detail: `minted ${secret}`, nested: { list: [secret] } });
    history.enter('Task', 'Fails');
    history.failedTry('Boom', `refused: ${secret}`);
    history.add('ExecutionFailed', { executionFailedEventDetails: { error: 'Boom', cause: secret } });
    const kept = secret
      .replace(/^(Bearer |https:\/\/admin:|https:\/\/bucket\.example\.org\/\?X-Amz-Signature=)/, '')
      .replace(/@grafana.*/, '');
    expect(JSON.stringify(history.events)).toContain(kept);
    const report = createReport(history.events, context);
    expect(JSON.stringify(report)).not.toContain(kept);
    expect(renderPage(report)).not.toContain(kept);
  });

  it.each(['token', 'serviceAccountToken', 'password', 'secretAccessKey', 'Authorization'])(
    'masks whatever is called %s',
    (key) => {
      const history = new HistoryWriter().start();
      history.task('OpenAccess', { outcome: 'done', [key]: 'plain-value' });
      expect(JSON.stringify(createReport(history.events, context))).not.toContain('plain-value');
    },
  );

  it('does not mask similar texts that are no credentials', () => {
    const history = new HistoryWriter().start();
    history.task('CloseAccess', { outcome: 'done', detail: 'no token left', tokensSwept: 2, tokenName: 'setup-1' });
    const text = JSON.stringify(createReport(history.events, context));
    expect(text).toContain('no token left');
    expect(text).toContain('setup-1');
  });
});
