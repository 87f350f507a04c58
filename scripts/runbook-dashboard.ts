/** Text lines of a grid unit of a Grafana dashboard, and letters of a line; both are low estimates. */
const LINES_A_UNIT = 1.4;
const LETTERS_A_LINE = 150;

interface Entry {
  readonly title: string;
  readonly text: string;
}

/**
 * docs/runbook.md as a dashboard with a text panel for each entry, so that an alert can link to it. Who can open the
 * alert's dashboard can open this. Panels are numbered in the document's order; a test checks the links to them.
 */
export function runbookDashboard(markdown: string): unknown {
  const [preface = '', ...sections] = markdown.split(/^## /m);
  const entries: readonly Entry[] = [
    { title: 'Runbook', text: preface.replace(/^# .*\n+/, '') },
    ...sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return { title: title.trim(), text: lines.join('\n') };
    }),
  ];
  let y = 0;
  return {
    uid: 'runbook',
    title: 'Runbook',
    description: 'What each alert means and what to do: docs/runbook.md of the repository.',
    tags: ['grafana-observability'],
    timezone: 'browser',
    schemaVersion: 39,
    editable: true,
    graphTooltip: 0,
    time: { from: 'now-30m', to: 'now' },
    templating: { list: [] },
    links: [
      {
        type: 'dashboards',
        title: 'Observability stack',
        tags: ['grafana-observability'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        icon: 'external link',
        targetBlank: false,
        tooltip: 'The other dashboards, same time range',
        url: '',
      },
    ],
    annotations: { list: [] },
    panels: entries.map((entry, index) => {
      const content = withPanelLinks(entry.text.trim(), entries);
      const h = heightOf(content);
      y += h;
      return {
        id: index + 1,
        type: 'text',
        title: entry.title,
        gridPos: { x: 0, y: y - h, w: 24, h },
        options: { mode: 'markdown', content },
      };
    }),
  };
}

/** A link to another entry opens its panel; one to another document becomes that document's name. */
function withPanelLinks(text: string, entries: readonly Entry[]): string {
  return text.replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_whole, label: string, target: string) => {
    if (/^https?:/.test(target)) return `[${label}](${target})`;
    if (!target.startsWith('#')) return `${label} (docs/${target})`;
    const panel = entries.findIndex(({ title }) => anchorOf(title) === target.slice(1)) + 1;
    if (panel === 0) throw new Error(`docs/runbook.md links to ${target}, which is none of its entries`);
    return `[${label}](/d/runbook?viewPanel=${panel})`;
  });
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
}

function heightOf(text: string): number {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LETTERS_A_LINE)), 0);
  return Math.max(4, Math.ceil(lines / LINES_A_UNIT) + 2);
}
