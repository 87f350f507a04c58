import type { Report, ReportItem, ReportStep } from '../report';
import { type Html, html } from './html';
import { lightOf } from './step-section';
import { duration } from './words';

/**
 * An SVG of the run: a box for each state in the order taken, and beside it a bar on a common time axis. A loop shows
 * its count and a Map a line for each item. The states after a failure are indented; those not reached are hollow.
 */
export function machineDrawing(report: Report): Html {
  const aside = asideOf(report);
  const rows: readonly Row[] = [
    ...report.steps.map((step) => ({ name: step.name, step, aside: aside.has(step.name) })),
    ...report.notReached.map((name) => ({ name, aside: false })),
  ];
  const tops = rows.map(
    (_, index) => axisHeight + 4 + rows.slice(0, index).reduce((sum, row) => sum + heightOf(row), 0),
  );
  const height = axisHeight + 16 + rows.reduce((sum, row) => sum + heightOf(row), 0);
  const total = Math.max(report.seconds, 0.01);
  return html`<svg class="machine" viewBox="0 0 ${width} ${height}" role="img" aria-label="The ${report.machine} machine, state by state, with outcome and seconds">
${axis(total, height)}
${rows.map((row, index) => drawRow(row, rows[index + 1], tops[index] ?? 0, total, report.outcome === 'running'))}
</svg>`;
}

interface Row {
  readonly name: string;
  readonly step?: ReportStep;
  /** Whether the state ran after the failed step. */
  readonly aside: boolean;
}

const width = 960;
const rowHeight = 42;
/** A state that was not reached. */
const missedHeight = 30;
const boxHeight = 28;
const boxWidth = 224;
const asideShift = 26;
const behindShift = 4;
const axisHeight = 26;
const barLeft = 300;
const barWidth = width - barLeft - 96;

/** The names of the states that ran after the failed one. */
function asideOf(report: Report): ReadonlySet<string> {
  const failed = report.steps.findIndex(({ name }) => name === report.failure?.step);
  return new Set(failed === -1 ? [] : report.steps.slice(failed + 1).map(({ name }) => name));
}

function heightOf(row: Row): number {
  return row.step ? rowHeight : missedHeight;
}

function drawRow(row: Row, next: Row | undefined, y: number, total: number, isRunning: boolean): Html {
  if (!row.step) return drawMissed(row.name, y, isRunning);
  const x = 8 + (row.aside ? asideShift : 0);
  const tone = lightOf(row.step);
  return html`<g class="${tone}">
${next?.step && arrow(row, next, y)}
${row.step.kind === 'Map' && html`<rect class="box behind" x="${x + 5}" y="${y - behindShift}" width="${boxWidth}" height="${boxHeight}" rx="7"/>`}
<rect class="box" x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="7"/>
<circle class="light" cx="${x + 15}" cy="${y + boxHeight / 2}" r="5"/>
<text class="name" x="${x + 28}" y="${y + 18.5}">${row.name}</text>
${row.step.visits > 1 && html`<text class="loop" x="${x + boxWidth - 8}" y="${y + 18.5}" text-anchor="end">↻ ${row.step.visits}</text>`}
${bar(row.step, y, total)}
</g>`;
}

function drawMissed(name: string, y: number, isRunning: boolean): Html {
  return html`<g class="none"><rect class="box" x="8" y="${y}" width="${boxWidth}" height="${boxHeight - 4}" rx="7"/><circle class="light" cx="23" cy="${y + 12}" r="4.5"/><text class="name" x="36" y="${y + 16.5}">${name}</text><text class="missed" x="${barLeft}" y="${y + 16.5}">${isRunning ? 'to come' : 'not reached'}</text></g>`;
}

function arrow(row: Row, next: Row, y: number): Html {
  const from = 8 + (row.aside ? asideShift : 0) + 30;
  const to = 8 + (next.aside ? asideShift : 0) + 30;
  const bottom = y + boxHeight;
  // A Map's second box sticks out above its first: the arrow ends earlier.
  const end = y + rowHeight - 1 - (next.step?.kind === 'Map' ? behindShift : 0);
  return html`<path class="arrow" d="M${from} ${bottom} V${bottom + 5} H${to} V${end}"/><path class="tip" d="M${to - 3.5} ${end - 5} L${to} ${end} L${to + 3.5} ${end - 5}"/>`;
}

function bar(step: ReportStep, y: number, total: number): Html {
  const scale = barWidth / total;
  const x = barLeft + step.offset * scale;
  const length = Math.max(2.5, step.seconds * scale);
  const title = `${step.name}: ${duration(step.seconds)}${step.tries.length > step.visits ? `, ${step.tries.length} tries` : ''}`;
  const label = Math.min(x + length + 7, barLeft + barWidth + 6);
  return html`<rect class="span" x="${fixed(x)}" y="${y + 7}" width="${fixed(length)}" height="14" rx="3"><title>${title}</title></rect>
${step.items.map((item) => itemMark(item, y, scale))}
${step.tries.filter(({ failure }) => failure).map((failed) => html`<path class="failedtry" d="M${fixed(barLeft + (failed.offset + failed.seconds) * scale)} ${y + 5} v18"><title>${failed.failure?.error}</title></path>`)}
<text class="seconds" x="${fixed(label)}" y="${y + 18.5}">${duration(step.seconds)}</text>`;
}

/** An item of a Map: a thin line below the bar for its time. */
function itemMark(item: ReportItem, y: number, scale: number): Html {
  const length = Math.max(2, item.seconds * scale);
  return html`<rect class="item ${lightOf(item)}" x="${fixed(barLeft + item.offset * scale)}" y="${y + 23}" width="${fixed(length)}" height="3" rx="1.5"><title>${item.name}: ${duration(item.seconds)}</title></rect>`;
}

function axis(total: number, height: number): Html {
  const step = niceStep(total);
  const marks = Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
  return html`${marks.map((second) => {
    const x = fixed(barLeft + (second / total) * barWidth);
    return html`<path class="grid" d="M${x} ${axisHeight - 6} V${height - 8}"/><text class="tick" x="${x}" y="${axisHeight - 12}" text-anchor="middle">${tick(second)}</text>`;
  })}`;
}

/** The distance of the axis marks: 1, 2 or 5 times a power of ten, for at most about eight marks. */
function niceStep(total: number): number {
  const rough = total / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

function tick(second: number): string {
  return second >= 120 ? `${Math.round((second / 60) * 10) / 10} min` : `${Math.round(second * 100) / 100} s`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
