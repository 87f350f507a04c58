import { Html, html, machineDrawing, type Report, renderHeading, stepSection } from '../../../report';
import type { Part } from '../../cloud/contracts';
import type { Signals } from '../contracts';
import { checksSection, verifying } from './checks';
import { signalsSection } from './signals';

/** The page's data at one time. */
export interface View {
  readonly report: Report | undefined;
  readonly signals: Signals | undefined;
  readonly parts: readonly Part[];
  readonly urls: readonly { readonly name: string; readonly url: string }[];
  readonly evidenceUrl: (check: string) => string;
}

/** The parts of the page that change, by the id of their element. */
export function sections(view: View): ReadonlyMap<string, string> {
  const { report } = view;
  const all: readonly (readonly [string, Html])[] = [
    ['status', html`${statusLine(report)}`],
    ['heading', heading(view)],
    ['machine', report ? machineDrawing(report) : html`<p class="empty">No execution yet.</p>`],
    ['signals', signalsSection(view.signals, urlOf(view, 'Grafana'))],
    ['checks', checksSection(report, view.evidenceUrl)],
    ['steps', stepsSection(report)],
    ['parts', partsSection(view)],
  ];
  return new Map(all.map(([id, { text }]) => [id, text]));
}

/** The whole page as it is now. Reading it needs no script; live updates do. */
export function document(view: View): string {
  const now = sections(view);
  const filled = (id: string): Html => raw(now.get(id) ?? '');
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local cloud: ${view.report?.stack ?? 'nothing deployed yet'}</title>
<link rel="icon" href="/_page/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/_page/report.css"><link rel="stylesheet" href="/_page/page.css">
<script src="/_page/page.js" defer></script></head><body>
<a class="skip" href="#content">Skip to the content</a>
<div class="bar"><nav aria-label="Sections"><a href="#machine-title">Machine</a><a href="#signals-title">Signals</a><a href="#checks-title">Checks</a><a href="#steps-title">Steps</a><a href="#parts-title">Real or stand-in</a></nav>
<p class="live"><span id="status" role="status" aria-live="polite">${filled('status')}</span><span id="connection" class="connection" role="status"></span></p></div>
<main id="content" tabindex="-1">
<div id="heading">${filled('heading')}</div>
<section aria-labelledby="machine-title"><h2 id="machine-title">The machine</h2><div id="machine" class="card frame" tabindex="0" role="region" aria-labelledby="machine-title">${filled('machine')}</div></section>
<section aria-labelledby="signals-title"><h2 id="signals-title">One request, three signals</h2><div id="signals">${filled('signals')}</div></section>
<section aria-labelledby="checks-title"><h2 id="checks-title">The checks and their evidence</h2><div id="checks">${filled('checks')}</div></section>
<section aria-labelledby="steps-title"><h2 id="steps-title">Step by step</h2><div id="steps">${filled('steps')}</div></section>
<section aria-labelledby="parts-title"><h2 id="parts-title">What is real, and what stands in</h2><div id="parts">${filled('parts')}</div></section>
</main></body></html>
`.text;
}

function statusLine(report: Report | undefined): string {
  if (!report) return 'Waiting for a deploy';
  if (report.outcome !== 'running') return `${report.machine} ${report.outcome}`;
  const current = report.steps.findLast(({ outcome }) => outcome === 'running');
  return `${report.machine} running${current ? `: ${current.name}` : ''}`;
}

function urlOf({ urls }: View, wanted: string): string | undefined {
  return urls.find(({ name }) => name === wanted)?.url;
}

/** Addresses that are not linked: this page's own, and endpoints that answer only signed requests. */
const withoutPage = new Set(['This page', 'PrometheusEndpoint']);

function heading({ report, urls }: View): Html {
  const links = html`<p class="places">${urls.filter(({ name }) => !withoutPage.has(name)).map(({ name, url }) => html`<a href="${url}">${name}</a>`)}${report && html`<a href="/_page/report">The report</a>`}</p>`;
  if (report) return html`${renderHeading(report)}${links}`;
  return html`<header><span class="verdict calm">waiting</span><h1>Nothing is deployed yet</h1><p class="sub">This page shows the setup as soon as <code>npx sls deploy --stage local</code> starts it.</p></header>${links}`;
}

function stepsSection(report: Report | undefined): Html {
  const steps = report?.steps.filter(({ name }) => name !== verifying) ?? [];
  if (steps.length === 0) return html`<p class="empty">Nothing has run yet.</p>`;
  return html`<div class="card steps">${steps.map(stepSection)}</div>`;
}

function partsSection({ parts }: View): Html {
  const row = ({ part, kind, answeredBy }: Part): Html =>
    html`<tr><th scope="row">${part}</th><td><span class="tone ${kind === 'real' ? 'good' : 'warn'}">${kind}</span></td><td>${answeredBy}</td></tr>`;
  return html`<div class="card scroll parts"><table><thead><tr><th scope="col">what</th><th scope="col">is</th><th scope="col">answered by</th></tr></thead><tbody>${parts.map(row)}</tbody></table></div>`;
}

/** A section's content is already escaped HTML. */
function raw(text: string): Html {
  return new Html(text);
}
