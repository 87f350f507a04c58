/** Placeholder for a secret: Grafana accepts it, so that the rest can be restored, but it gives no access. */
const PLACEHOLDER = 'enter-again';
const URL_PLACEHOLDER = 'https://enter-again.invalid/';

/**
 * Members whose value gives access. A contact point's address counts too: whoever knows a Slack webhook can post to it.
 */
const secret = /(?:password|secret|token|key|credentials?)$/i;
const address = /(?:url|webhook)$/i;

/** `value` with its secrets replaced, at any depth; `found` gets the path of each. */
export function withoutSecrets(
  value: unknown,
  found: string[],
  { addresses, at = '' }: { readonly addresses: boolean; readonly at?: string },
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => withoutSecrets(item, found, { addresses, at: `${at}[${index}]` }));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const path = at === '' ? name : `${at}.${name}`;
      const isAddress = addresses && address.test(name);
      // Grafana returns this word in place of a contact point's secret.
      const isSecret = secret.test(name) || isAddress || member === '[REDACTED]';
      if (!isSecret || typeof member !== 'string' || member === '')
        return [name, withoutSecrets(member, found, { addresses, at: path })];
      found.push(path);
      return [name, isAddress ? URL_PLACEHOLDER : PLACEHOLDER];
    }),
  );
}

/** A URL without its user and password. */
export function withoutLogin(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}
