/**
 * The text of a notification: Grafana's default templates and their data (grafana/alerting
 * templates/default_template.go, template_data.go).
 */
import type { WorkspaceState } from '../workspace-state';
import type { Alert, Labels } from './alert';
import type { Notification } from './dispatcher';
import { expandTemplate } from './go-template';

const builtIn: Readonly<Record<string, string>> = {
  'default.title':
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ if gt (len .Alerts.Resolved) 0 }}, RESOLVED:{{ len .Alerts.Resolved }}{{ end }}{{ end }}] {{ join " " .GroupLabels.Values }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ join " " .OtherLabels.Values }}){{ end }}',
  'default.message':
    '{{ if gt (len .Alerts.Firing) 0 }}**Firing**\n{{ template "__text_alert_list" .Alerts.Firing }}{{ if gt (len .Alerts.Resolved) 0 }}\n\n{{ end }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}**Resolved**\n{{ template "__text_alert_list" .Alerts.Resolved }}{{ end }}',
  __text_alert_list:
    '{{ range . }}\nValue: {{ or .ValuesText "[no value]" }}\nLabels:\n{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}\n{{ end }}Annotations:\n{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}\n{{ end }}{{ if .GeneratorURL }}Source: {{ .GeneratorURL }}\n{{ end }}{{ if .SilenceURL }}Silence: {{ .SilenceURL }}\n{{ end }}{{ if .DashboardURL }}Dashboard: {{ .DashboardURL }}\n{{ end }}{{ if .PanelURL }}Panel: {{ .PanelURL }}\n{{ end }}{{ end }}',
};

export interface TemplateData {
  readonly Status: 'firing' | 'resolved';
  readonly Alerts: readonly Readonly<Record<string, unknown>>[];
  readonly GroupLabels: Labels;
  readonly CommonLabels: Labels;
  readonly CommonAnnotations: Labels;
}

/** Expands a contact point's text with the templates of the workspace. Throws TemplateError. */
export function expandMessage(grafana: WorkspaceState, text: string, notification: Notification): string {
  const own = Object.fromEntries(
    [...grafana.alerting.templates.values()].map((template) => [template.name, template.template]),
  );
  return expandTemplate(text, { data: templateData(grafana, notification), templates: { ...builtIn, ...own } });
}

export function templateData(grafana: WorkspaceState, notification: Notification): Readonly<Record<string, unknown>> {
  const shown = notification.alerts.map((alert) => alertData(grafana, alert));
  const firing = shown.filter((alert) => alert['Status'] === 'firing');
  const resolved = shown.filter((alert) => alert['Status'] === 'resolved');
  const commonLabels = common(notification.alerts.map((alert) => alert.labels));
  const grouped = new Set(Object.keys(notification.groupLabels));
  return {
    Receiver: notification.receiver,
    Status: firing.length > 0 ? 'firing' : 'resolved',
    Alerts: Object.assign([...shown], { Firing: firing, Resolved: resolved }),
    GroupLabels: notification.groupLabels,
    CommonLabels: commonLabels,
    CommonAnnotations: common(notification.alerts.map((alert) => alert.annotations)),
    OtherLabels: Object.fromEntries(Object.entries(commonLabels).filter(([name]) => !grouped.has(name))),
    ExternalURL: '/',
  };
}

function alertData(grafana: WorkspaceState, alert: Alert): Record<string, unknown> {
  const { __dashboardUid__: dashboardUid, __panelId__: panelId, ...annotations } = alert.annotations;
  const base = `https://${grafana.options.workspaceId}.grafana-workspace.${grafana.options.region}.amazonaws.com`;
  const values = Object.entries(alert.values).sort(([left], [right]) => left.localeCompare(right));
  const dashboard = dashboardUid ? dashboardUrl(grafana, `${base}/d/${dashboardUid}`, alert) : undefined;
  const panel = dashboard && panelId ? new URL(dashboard) : undefined;
  panel?.searchParams.set('viewPanel', panelId ?? '');
  return {
    Status: alert.status,
    Labels: alert.labels,
    Annotations: annotations,
    StartsAt: new Date(alert.startsAt).toISOString(),
    EndsAt: alert.endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(alert.endsAt).toISOString(),
    Values: alert.values,
    ValueString: values.map(([refId, value]) => `[ var='${refId}' labels={} value=${value} ]`).join(', '),
    // The default template builds this text in a loop; its assignments outside a range are not supported here.
    ValuesText: values.map(([refId, value]) => `${refId}=${value}`).join(', '),
    GeneratorURL: `${base}/alerting/grafana/${alert.ruleUid}/view?orgId=1`,
    Fingerprint: alert.fingerprint,
    SilenceURL: silenceUrl(`${base}/alerting/silence/new`, alert),
    DashboardURL: dashboard ?? '',
    PanelURL: panel?.href ?? '',
  };
}

/** The time range starts an hour before the alert fired and ends when it resolved, or now. */
function dashboardUrl(grafana: WorkspaceState, path: string, { startsAt, endsAt }: Alert): string {
  const to = endsAt ?? grafana.options.now();
  return `${path}?from=${startsAt - 3_600_000}&orgId=1&to=${to}`;
}

/** The rule's UID replaces the labels for its title and folder. */
function silenceUrl(path: string, { ruleUid, labels }: Alert): string {
  const named = Object.entries(labels)
    .filter(([name]) => name !== 'alertname' && name !== 'grafana_folder')
    .sort(([left], [right]) => left.localeCompare(right));
  const query = new URLSearchParams({ alertmanager: 'grafana' });
  for (const [name, value] of [['__alert_rule_uid__', ruleUid], ...named]) query.append('matcher', `${name}=${value}`);
  query.append('orgId', '1');
  return `${path}?${query}`;
}

function common(maps: readonly Labels[]): Labels {
  const [first = {}, ...rest] = maps;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((other) => other[name] === value)),
  );
}
