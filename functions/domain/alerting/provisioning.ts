/**
 * Without this header Grafana makes what the API wrote read-only in its pages
 * (aws-facts: workspace-disable-provenance).
 */
export const EDITABLE = { 'X-Disable-Provenance': 'true' } as const;

export const PROVISIONING = '/api/v1/provisioning';

interface Provisioned {
  readonly provenance?: string;
}

/**
 * The headers for writing an existing object. Grafana refuses the header for an object that was first written without
 * it (by Terraform, by curl). Such an object is written without it and stays read-only in Grafana's pages.
 */
export function headersFor(actual: unknown): Readonly<Record<string, string>> {
  return isProvisioned(actual) ? {} : EDITABLE;
}

/** The note for an object that was written without the header. */
export function noteOf(actual: unknown): string | undefined {
  return isProvisioned(actual)
    ? "somebody had written it by Grafana's provisioning API; it stays read-only in Grafana's pages until it is deleted and set up again"
    : undefined;
}

function isProvisioned(actual: unknown): boolean {
  return Boolean((actual as Provisioned | undefined)?.provenance);
}
