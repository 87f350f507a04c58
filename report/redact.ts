/**
 * Masks everything that looks like a credential. The machines' states hold none; this is a safeguard before a report is
 * stored or shown.
 */
export function redact(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return secretKey.test(key) ? mask : redactText(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redact(inner, name)]));
  }
  return value;
}

/** Masks Grafana tokens, bearer headers, AWS session keys and passwords in URLs. */
export function redactText(text: string): string {
  return text
    .replaceAll(/\bgl(?:sa|c|eyJ)_[A-Za-z0-9_=-]{8,}/g, mask)
    .replaceAll(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${mask}`)
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, mask)
    .replaceAll(/(X-Amz-(?:Signature|Security-Token)=)[^&\s"]+/gi, `$1${mask}`)
    .replaceAll(/(\/\/[^/\s:@]+:)[^/\s@]+@/g, `$1${mask}@`);
}

const mask = '•••';
const secretKey =
  /^(?:authorization|password|secret|.*(?:token|apikey|api_key|secretkey|secretaccesskey|sessiontoken))$/i;
