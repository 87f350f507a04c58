import { type Html, html } from './html';
import { changeTone } from './words';

/** Renders a step's evidence: lists of records as tables, records as name and value, the rest as text. */
export function evidence(value: Readonly<Record<string, unknown>>): Html {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null && inner !== '');
  return html`${entries.map(([name, inner]) => entry(name, inner))}`;
}

function entry(name: string, value: unknown): Html {
  if (isTable(value))
    return html`<h3>${label(name)}</h3>${isCalls(value) ? callsTable(value) : isWide(value) ? checkCards(value) : table(value, label(name))}`;
  if (isRecord(value)) return html`<h3>${label(name)}</h3><div class="nested">${evidence(value)}</div>`;
  return html`<p class="fact"><span>${label(name)}</span> ${scalar(name, value)}</p>`;
}

type Row = Readonly<Record<string, unknown>>;

function isCalls(rows: readonly Row[]): boolean {
  return rows.every((row) => 'traceId' in row && 'expectedStatus' in row);
}

/** Whether the records need a card each: checks with a query, or values too long for a table. */
function isWide(rows: readonly Row[]): boolean {
  return rows.some(
    (row) => 'query' in row || Object.values(row).some((value) => typeof value === 'string' && value.length > 72),
  );
}

/** A card for each record; failed and drifted ones are open, the others folded. Its anchor is `check-<name>`. */
export function checkCards(rows: readonly Row[]): Html {
  return html`<div class="records">${rows.map(({ name, outcome, found, kind, ...rest }) => {
    const isBad = outcome === 'failed' || outcome === 'drifted';
    return html`<details class="record" id="${anchorOf(name)}"${isBad && html` open`}><summary><b>${String(name ?? '')}</b> ${outcome !== undefined && scalar('outcome', outcome)}${kind !== undefined && html` <span class="tone warn">${kind === 'late' ? 'late: not there in time' : 'wrong: not as expected'}</span>`}<span class="found">${found !== undefined && scalar('found', found)}</span></summary>
<dl>${Object.entries(rest).map(([key, value]) => html`<dt>${label(key)}</dt><dd>${member(key, value)}</dd>`)}</dl></details>`;
  })}</div>`;
}

/** The id of a check's card. */
export function anchorOf(check: unknown): string {
  return `check-${String(check ?? '').replaceAll(/[^\w-]+/g, '-')}`;
}

/** A list of looks is a table; all else is as in a cell. */
function member(key: string, value: unknown): Html {
  if (isTable(value)) return table(value, key);
  return typeof value === 'string' && !isLink(value)
    ? html`<span class="text">${scalar(key, value)}</span>`
    : scalar(key, value);
}

/** The tester's calls in a few short columns instead of one for each member. */
function callsTable(rows: readonly Row[]): Html {
  const line = (call: Row): Html => {
    const status = [call['actualStatus'] ?? 'no answer', ...(call['error'] === undefined ? [] : [call['error']])].join(
      ', ',
    );
    return html`<tr><td>${scalar('passed', call['passed'])}</td><td>${String(call['name'] ?? '')}</td><td><code>${String(call['method'] ?? '')} ${String(call['endpoint'] ?? call['path'] ?? '')}</code></td>
<td class="number">${String(call['expectedStatus'] ?? '')}</td><td class="number">${status}</td><td class="number">${String(call['durationMs'] ?? '')} ms</td><td>${traceOf(call)}</td></tr>`;
  };
  return html`<div class="scroll" role="group" tabindex="0" aria-label="The tester's calls"><table><thead><tr><th scope="col">passed</th><th scope="col">call</th><th scope="col">request</th><th scope="col">expected</th><th scope="col">got</th><th scope="col">took</th><th scope="col">trace</th></tr></thead><tbody>${rows.map(line)}</tbody></table></div>`;
}

function traceOf({ traceId, explore }: Row): Html {
  const id = html`<code>${String(traceId ?? '')}</code>`;
  return typeof explore === 'string' && isLink(explore) ? html`<a href="${explore}">${id}</a>` : id;
}

function table(rows: readonly Row[], name: string): Html {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${name}"><table><thead><tr>${columns.map((name) => html`<th scope="col">${label(name)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((name) => html`<td>${scalar(name, row[name])}</td>`)}</tr>`)}</tbody></table></div>`;
}

function scalar(name: string, value: unknown): Html {
  if (value === undefined || value === null) return html`<span class="none">–</span>`;
  if (typeof value === 'boolean') {
    // Only `passed` is good or bad; other booleans (such as `verifyOnly`) are neutral.
    const tone = name !== 'passed' ? 'calm' : value ? 'good' : 'bad';
    return html`<span class="tone ${tone}">${value ? 'yes' : 'no'}</span>`;
  }
  if (typeof value === 'number') return html`<span class="number">${value}${unitOf(name)}</span>`;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return html`${value.join(', ')}`;
  if (typeof value !== 'string') return html`<code>${JSON.stringify(value)}</code>`;
  if (name === 'outcome' || name === 'verdict') return html`<span class="tone ${changeTone(value)}">${value}</span>`;
  if (isLink(value)) return html`<a href="${value}">${value}</a>`;
  return looksLikeCode(value) ? html`<code>${value}</code>` : html`${value}`;
}

/** Only http(s) URLs and paths of the local page become links; any other scheme in a history stays text. */
export function isLink(value: string): boolean {
  if (/^\/_page\/[^\s"'<>]+$/.test(value)) return true;
  return /^https?:\/\/[^\s"'<>]+$/.test(value);
}

function looksLikeCode(value: string): boolean {
  return /^(arn:|s3:|\/|[0-9a-f]{16,}$|\{|[a-z_]+\()/.test(value);
}

function unitOf(name: string): string {
  // A check's `after`: milliseconds until it passed or its time was up.
  if (/Ms$|^after$/.test(name)) return ' ms';
  return /Seconds$/.test(name) ? ' s' : '';
}

function label(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/\b(Ms|Seconds)$/, '')
    .trim()
    .toLowerCase();
}

function isTable(value: unknown): value is readonly Row[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
