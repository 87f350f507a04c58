import { duration, type Html, html } from '../../../report';
import type { Chart, Signals } from '../contracts';
import type { Series } from '../engines';
import { lineClasses } from './series-colour';
import { milliseconds } from './waterfall';

const width = 320;
const height = 108;
const left = 40;
const bottom = 18;
const top = 8;

/**
 * A line chart with its legend. Each line has its name and latest value as text, so that colour is not the only cue.
 */
export function chart({ title, query, unit, series }: Chart, { from, to, run }: Signals): Html {
  const format = (value: number): string => {
    if (unit === 'count') return String(Math.round(value * 10) / 10);
    return value < 1 ? milliseconds(value * 1000) : duration(value);
  };
  // Series that never moved (every status starts at zero) would only fill the legend.
  const lines = series.filter(({ points }) => points.some(([, value]) => value > 0)).slice(0, 8);
  const highest = Math.max(
    ...lines.flatMap(({ points }) => points.map(([, value]) => value).filter(Number.isFinite)),
    0,
  );
  const most = highest === 0 ? 1 : highest;
  const classes = lineClasses(lines);
  const x = (time: number): number => left + ((time - from) / (to - from)) * (width - left - 6);
  const y = (value: number): number => height - bottom - (value / most) * (height - bottom - top);
  const marker = run.startedAt > from ? x(run.startedAt) : undefined;
  return html`<figure class="chart"><figcaption>${title}</figcaption>
${
  lines.length === 0
    ? html`<p class="sub">No samples from ${clock(from)} to ${clock(to)} yet.</p>`
    : html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(title, lines, format)}">
<path class="grid" d="M${left} ${y(0)} H${width - 6} M${left} ${y(most)} H${width - 6} M${left} ${y(most / 2)} H${width - 6}"/>
<text class="tick" x="${left - 5}" y="${y(most) + 4}" text-anchor="end">${format(most)}</text><text class="tick" x="${left - 5}" y="${y(0) + 4}" text-anchor="end">0</text>
<text class="tick" x="${left}" y="${height - 4}">${clock(from)}</text><text class="tick" x="${width - 6}" y="${height - 4}" text-anchor="end">${clock(to)}</text>
${marker !== undefined && html`<path class="marker" d="M${fixed(marker)} ${top - 4} V${height - bottom}"><title>this run of the tester</title></path>`}
${lines.map((line, index) => html`<path class="line ${classes[index] ?? ''}" d="${pathOf(line, x, y)}"/>`)}
</svg><ul class="legend">${lines.map((line, index) => html`<li class="${classes[index] ?? ''}"><i aria-hidden="true"></i>${nameOf(line)} <b>${format(lastOf(line))}</b></li>`)}</ul>`
}<details class="query"><summary>PromQL</summary><code>${query}</code></details></figure>`;
}

function describe(title: string, lines: readonly Series[], format: (value: number) => string): string {
  return `${title}. Latest: ${lines.map((line) => `${nameOf(line)} ${format(lastOf(line))}`).join(', ')}.`;
}

function nameOf({ labels }: Series): string {
  return Object.values(labels).filter(Boolean).join(' → ') || 'all';
}

function lastOf({ points }: Series): number {
  return points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? 0;
}

/** NaN (a quantile without observations) interrupts the line. */
function pathOf({ points }: Series, x: (time: number) => number, y: (value: number) => number): string {
  let isOpen = false;
  return points
    .flatMap(([time, value]) => {
      if (!Number.isFinite(value)) {
        isOpen = false;
        return [];
      }
      const step = `${isOpen ? 'L' : 'M'}${fixed(x(time))} ${fixed(y(value))}`;
      // Draws a single point as a dot: a line of length zero with round ends.
      const dot = isOpen ? '' : ' h0';
      isOpen = true;
      return [`${step}${dot}`];
    })
    .join(' ');
}

/** `12:00:05` UTC of a time in milliseconds. */
function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
