/** Without it Grafana locks what the API wrote against edits in its own pages (aws-facts: workspace-disable-provenance). */
export const EDITABLE = { 'X-Disable-Provenance': 'true' } as const;

export const PROVISIONING = '/api/v1/provisioning';
