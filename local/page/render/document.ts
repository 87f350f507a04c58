import {
  duration,
  exploreQuery,
  Html,
  html,
  machineDrawing,
  type Report,
  renderHeading,
  startedByDiff,
  stepSection,
  toneOf,
  verdict,
  type Waiting,
} from '../../../report';
import type { Part } from '../../cloud/contracts';
import type { Signals } from '../contracts';
import { nameOf, runToShow } from '../runs';
import { checksSection, verifying } from './checks';
import { signalsSection } from './signals';

/** The page's data at one time. */
export interface View {
  readonly report: Report | undefined;
  /** All runs that are known, newest first. */
  readonly runs: readonly Report[];
  /** The run in the page's address; without one the page shows the run that counts. */
  readonly wanted?: string;
  /** Whether the stack of the shown run is still there. */
  readonly isDeployed: boolean;
  /** What the checks of the shown run wait for. */
  readonly waiting: readonly Waiting[];
  readonly signals: Signals | undefined;
  readonly parts: readonly Part[];
  readonly urls: readonly { readonly name: string; readonly url: string }[];
  readonly readAt: Date;
}

/** The parts of the page that change, by the id of their element. */
export function sections(view: View): ReadonlyMap<string, string> {
  const { report, waiting, isDeployed } = view;
  const all: readonly (readonly [string, Html])[] = [
    ['status', statusLine(view)],
    ['heading', heading(view)],
    ['machine', report ? machineDrawing(report) : html`<p class="empty">No execution yet.</p>`],
    ['signals', signalsSection(view.signals, urlOf(view, 'Grafana'))],
    ['checks', checksSection(report, { waiting, isDeployed })],
    ['steps', stepsSection(report)],
    ['runs', runsSection(view)],
    ['parts', partsSection(view)],
  ];
  return new Map(all.map(([id, { text }]) => [id, text]));
}

/** The whole page as it is now. Reading it needs no script; live updates do. */
export function document(view: View): string {
  const now = sections(view);
  const filled = (id: string): Html => raw(now.get(id) ?? '');
  return html`<!doctype html>
<html lang="en" data-run="${view.wanted ?? ''}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local cloud: ${view.report?.stack ?? 'nothing deployed yet'}</title>
<link rel="icon" href="/_page/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/_page/report.css"><link rel="stylesheet" href="/_page/page.css">
<script src="/_page/page.js" defer></script></head><body>
<a class="skip" href="#content">Skip to the content</a>
<header class="bar"><nav aria-label="Sections"><a href="#machine-title">Machine</a><a href="#signals-title">Signals</a><a href="#checks-title">Checks</a><a href="#steps-title">Steps</a><a href="#runs-title">Runs</a><a href="#parts-title">Real or stand-in</a></nav>
<p class="live"><span id="status" role="status" aria-live="polite">${filled('status')}</span><span id="connection" class="connection" role="status"></span></p></header>
<main id="content" tabindex="-1">
<noscript><p class="problem">Scripts are off, so this page stands still: it shows ${clock(view.readAt)} UTC. Reload it to see what has happened since.</p></noscript>
<div id="heading">${filled('heading')}</div>
<section aria-labelledby="machine-title"><h2 id="machine-title">The machine</h2><div id="machine" class="card frame" tabindex="0" role="group" aria-labelledby="machine-title">${filled('machine')}</div></section>
<section aria-labelledby="signals-title"><h2 id="signals-title">One request, three signals</h2><div id="signals">${filled('signals')}</div></section>
<section aria-labelledby="checks-title"><h2 id="checks-title">The checks and their evidence</h2><div id="checks">${filled('checks')}</div></section>
<section aria-labelledby="steps-title"><h2 id="steps-title">Step by step</h2><div id="steps">${filled('steps')}</div></section>
<section aria-labelledby="runs-title"><h2 id="runs-title">Recent runs</h2><div id="runs">${filled('runs')}</div></section>
<section aria-labelledby="parts-title"><h2 id="parts-title">What is real, and what stands in</h2><div id="parts">${filled('parts')}</div></section>
</main></body></html>
`.text;
}

function statusLine({ report, isDeployed }: View): Html {
  if (!report) return html`<span class="dot calm"></span>Waiting for a deploy`;
  const said = (text: string, tone: string): Html => html`<span class="dot ${tone}"></span>${text}`;
  if (report.outcome !== 'running') {
    const ended = `${report.machine} ${verdict(report)}`;
    return isDeployed ? said(ended, toneOf(report)) : said(`removed; the last run: ${ended}`, 'calm');
  }
  const current = report.steps.findLast(({ outcome }) => outcome === 'running');
  return said(`${report.machine} running${current ? `: ${current.name}` : ''}`, 'now');
}

function urlOf({ urls }: View, wanted: string): string | undefined {
  return urls.find(({ name }) => name === wanted)?.url;
}

/** Where a person finds something at an address: the APIs of Loki and Tempo have no page, but Explore shows what they hold. */
function placesOf(view: View): readonly { readonly name: string; readonly url: string }[] {
  const grafana = urlOf(view, 'Grafana');
  const service = urlOf(view, 'Service');
  return [
    ...(grafana === undefined
      ? []
      : [
          { name: 'Grafana', url: grafana },
          { name: 'Logs in Loki', url: exploreQuery(grafana, 'loki', { expr: '{service_name=~".+"}' }) },
          { name: 'Traces in Tempo', url: exploreQuery(grafana, 'tempo', { queryType: 'traceql', query: '{}' }) },
        ]),
    ...(service === undefined ? [] : [{ name: 'Health of the service', url: new URL('/health', service).href }]),
  ];
}

function heading(view: View): Html {
  const { report, wanted, isDeployed, runs } = view;
  const links = html`<p class="places">${placesOf(view).map(({ name, url }) => html`<a href="${url}">${name}</a>`)}${report && html`<a href="/_page/runs/${nameOf(report)}/report">The report</a>`}</p>`;
  if (!report)
    return html`<div><span class="verdict calm">waiting</span><h1>Nothing is deployed yet</h1><p class="sub">This page shows the setup as soon as <code>npx sls deploy --stage local</code> starts it.</p></div>${links}`;
  const shown = runToShow(runs);
  const isOlder = wanted !== undefined && shown !== undefined && nameOf(shown) !== wanted;
  return html`${!isDeployed && report.outcome !== 'running' && html`<p class="problem">The stack ${report.stack} was removed. What follows is its last run.</p>`}${isOlder && html`<p class="problem">This is an older run. <a href="/">Show the latest</a></p>`}${renderHeading(report)}${links}`;
}

/** The runs since the local cloud was started, each with its address. */
function runsSection({ runs, report }: View): Html {
  if (runs.length === 0) return html`<p class="empty">Nothing has run yet.</p>`;
  const row = (run: Report): Html => {
    const name = nameOf(run);
    const isShown = report !== undefined && nameOf(report) === name;
    const what = startedByDiff(run)
      ? 'a look of sls diff'
      : `${run.machine}${run.mode === undefined || run.mode === 'apply' ? '' : `, ${run.mode}`}`;
    return html`<tr><th scope="row"><a href="/_page/runs/${name}"${isShown && html` aria-current="page"`}>${clock(new Date(run.startedAt))}</a></th><td>${what}</td><td><span class="tone ${toneOf(run)}">${verdict(run)}</span></td><td class="number">${duration(run.seconds)}</td><td>${run.failure?.step ?? ''}</td></tr>`;
  };
  return html`<div class="card scroll parts" role="group" tabindex="0" aria-label="Recent runs"><table><thead><tr><th scope="col">started (UTC)</th><th scope="col">what</th><th scope="col">result</th><th scope="col">took</th><th scope="col">failed at</th></tr></thead><tbody>${runs.map(row)}</tbody></table></div>`;
}

function stepsSection(report: Report | undefined): Html {
  const steps = report?.steps.filter(({ name }) => name !== verifying) ?? [];
  if (steps.length === 0) return html`<p class="empty">Nothing has run yet.</p>`;
  return html`<div class="card steps">${steps.map(stepSection)}</div>`;
}

function partsSection({ parts }: View): Html {
  const row = ({ part, kind, answeredBy }: Part): Html =>
    html`<tr><th scope="row">${part}</th><td><span class="tone ${kind === 'real' ? 'good' : 'warn'}">${kind}</span></td><td>${answeredBy}</td></tr>`;
  return html`<div class="card scroll parts" role="group" tabindex="0" aria-label="What is real"><table><thead><tr><th scope="col">what</th><th scope="col">is</th><th scope="col">answered by</th></tr></thead><tbody>${parts.map(row)}</tbody></table></div>`;
}

/** `12:00:05` UTC. */
function clock(at: Date): string {
  return at.toISOString().slice(11, 19);
}

/** A section's content is already escaped HTML. */
function raw(text: string): Html {
  return new Html(text);
}
