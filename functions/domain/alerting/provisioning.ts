/**
 * Without it Grafana locks what the API wrote against edits in its own pages (aws-facts: workspace-disable-provenance).
 */
export const EDITABLE = { 'X-Disable-Provenance': 'true' } as const;

export const PROVISIONING = '/api/v1/provisioning';

interface Provisioned {
  readonly provenance?: string;
}

/**
 * How to write what is there. Grafana refuses this header for what was once written without it (by Terraform, by curl):
 * such a one is written without it too, and stays as it is for people, read-only in Grafana's pages.
 */
export function headersFor(actual: unknown): Readonly<Record<string, string>> {
  return isProvisioned(actual) ? {} : EDITABLE;
}

/** Told where it was written so. */
export function noteOf(actual: unknown): string | undefined {
  return isProvisioned(actual)
    ? "somebody had written it by Grafana's provisioning API; it stays read-only in Grafana's pages until it is deleted and set up again"
    : undefined;
}

function isProvisioned(actual: unknown): boolean {
  return Boolean((actual as Provisioned | undefined)?.provenance);
}
