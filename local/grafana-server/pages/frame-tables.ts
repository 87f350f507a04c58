import { type Html, html } from '../../../report';
import type { Field, Frame } from '../queries/frames';

/** Rows that a table shows; the rest is counted. */
const mostRows = 100;
/** Members of a frame that a person does not read: ids and raw structures beside what is shown. */
const hidden = new Set(['id', 'tsNs', 'nested', 'logs', 'references', 'serviceTags', 'warnings', 'stackTraces']);

/** What a query returned, in plain tables: series as a row each, spans, traces and lines as they are. */
export function frameTables(frames: readonly Frame[]): Html {
  if (frames.every(({ data }) => (data.values[0] ?? []).length === 0))
    return html`<p>The query returned nothing in this range.</p>`;
  const series = frames.filter(isSeries);
  const others = frames.filter((frame) => !isSeries(frame));
  return html`${series.length > 0 && seriesTable(series)}${others.map(rowsTable)}`;
}

/** A time and a number: a line of a graph. */
function isSeries({ schema: { fields } }: Frame): boolean {
  return fields.length === 2 && fields[0]?.type === 'time' && fields[1]?.type === 'number';
}

function seriesTable(series: readonly Frame[]): Html {
  const rows = series.slice(0, mostRows).map((frame) => {
    const field = frame.schema.fields[1] as Field;
    const values = (frame.data.values[1] ?? []).filter((value) => typeof value === 'number');
    const number = (value: number | undefined): string => (value === undefined ? '–' : rounded(value));
    const labels = Object.entries(field.labels ?? {}).map(([name, value]) => `${name}="${value}"`);
    return html`<tr><th scope="row"><code>${labels.join(', ') || frame.schema.name || field.name}</code></th><td class="number">${number(values.at(-1))}</td><td class="number">${number(values.length > 0 ? Math.max(...values) : undefined)}</td><td class="number">${number(values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined)}</td><td class="number">${values.length}</td></tr>`;
  });
  return scrolling(
    'Series',
    html`<thead><tr><th scope="col">series</th><th scope="col">last</th><th scope="col">max</th><th scope="col">mean</th><th scope="col">points</th></tr></thead><tbody>${rows}</tbody>`,
    series.length,
  );
}

function rowsTable({ schema, data }: Frame): Html {
  const isEmpty = (index: number): boolean =>
    (data.values[index] ?? []).every((value) => value === '' || value === null || value === undefined);
  const columns = schema.fields
    .map((field, index) => ({ field, index }))
    .filter(({ field, index }) => !hidden.has(field.name) && !isEmpty(index))
    // Labels and attributes are long: they come last.
    .sort((one, other) => Number(one.field.type === 'other') - Number(other.field.type === 'other'));
  const count = data.values[0]?.length ?? 0;
  const rows = Array.from(
    { length: Math.min(count, mostRows) },
    (_, row) =>
      html`<tr>${columns.map(({ field, index }) => html`<td${field.type !== 'string' && field.type !== 'other' && html` class="number"`}>${cell(field, data.values[index]?.[row])}</td>`)}</tr>`,
  );
  return scrolling(
    schema.name ?? 'Rows',
    html`<thead><tr>${columns.map(({ field }) => html`<th scope="col">${field.name}</th>`)}</tr></thead><tbody>${rows}</tbody>`,
    count,
  );
}

function scrolling(name: string, content: Html, count: number): Html {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${name}"><table>${content}</table></div>${count > mostRows && html`<p class="soft">The first ${mostRows} of ${count}.</p>`}`;
}

function cell(field: Field, value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (field.type === 'time') return new Date(Number(value)).toISOString();
  if (typeof value === 'number')
    return `${rounded(value)}${field.config?.['unit'] === 'ms' || field.name === 'duration' ? ' ms' : ''}`;
  return typeof value === 'string' ? value : pairs(value);
}

/** Labels and attributes as `name=value`. */
function pairs(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null && 'key' in one))
    return value.map(({ key, value: inner }) => `${key}=${String(inner)}`).join(', ');
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value)
      .map(([name, inner]) => `${name}=${String(inner)}`)
      .join(', ');
  return JSON.stringify(value);
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
