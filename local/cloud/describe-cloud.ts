import type { Cloud, NamedUrl, Part } from './contracts';

/** Which parts are real and which are stand-ins in this cloud now. */
export function partsOf(cloud: Cloud): readonly Part[] {
  const containers = cloud.ecs.processes().map(({ container, label, kind }) => ({
    part: `container ${container}`,
    answeredBy: label,
    kind,
  }));
  const workspaces = cloud.grafana.workspaces().map(({ name, id, label }) => ({
    part: `Grafana workspace ${name ?? id}`,
    answeredBy: label,
    kind: kindOf(label),
  }));
  const metrics = cloud.aps.workspaces().map(({ id, store }) => ({
    part: `Prometheus workspace ${id.slice(0, 11)}`,
    answeredBy: store,
    kind: kindOf(store),
  }));
  return [
    { part: 'S3', answeredBy: cloud.s3.label, kind: kindOf(cloud.s3.label) },
    ...metrics,
    ...containers,
    ...workspaces,
    { part: 'Lambda functions', answeredBy: `the bundles, on Node ${process.versions.node}`, kind: 'real' },
    { part: 'CloudFormation, Step Functions, IAM, ECS, AMG', answeredBy: 'the local cloud', kind: 'stand-in' },
  ];
}

/** The addresses to open in a browser: Grafana, the stack's outputs that are URLs, the cloud itself. */
export function urlsOf(cloud: Cloud): readonly NamedUrl[] {
  const outputs = cloud.cloudFormation.stacks
    .active()
    .flatMap((stack) => stack.outputs)
    .filter(({ value }) => value.startsWith('http://'))
    .map(({ key, value }) => ({ name: key.replace(/Url$/, ''), url: value }));
  const grafana = cloud.grafana.workspaces().map(({ url }) => ({ name: 'Grafana', url }));
  return [{ name: 'This page', url: `${cloud.endpoint}/` }, ...grafana, ...outputs];
}

/** Two columns, aligned. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

function kindOf(label: string): Part['kind'] {
  return /stand-in/i.test(label) ? 'stand-in' : 'real';
}
