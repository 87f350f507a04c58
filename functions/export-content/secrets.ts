/** What stands where a secret was: Grafana takes it, so that the rest comes back, and it works for nobody. */
const PLACEHOLDER = 'enter-again';
const URL_PLACEHOLDER = 'https://enter-again.invalid/';

/** Members whose value lets somebody in. The addresses of contact points do, too: whoever has a Slack webhook can write to it. */
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
      // Grafana itself gives no secret of a contact point away, but this word.
      const isSecret = secret.test(name) || isAddress || member === '[REDACTED]';
      if (!isSecret || typeof member !== 'string' || member === '')
        return [name, withoutSecrets(member, found, { addresses, at: path })];
      found.push(path);
      return [name, isAddress ? URL_PLACEHOLDER : PLACEHOLDER];
    }),
  );
}

/** An address without the user and password that it may have in it. */
export function withoutLogin(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}
