/** Names of members whose value is a secret. `key` is the secret of a service-account token. */
const secretName = /^(key|.*(token|secret|password|authorization|credential).*|.*accesskey(id)?)$/i;
const notSecretName =
  /^(clienttoken|clientrequesttoken|nexttoken|nextforwardtoken|nextbackwardtoken|tokenname|secondstolive)$/i;
const mask = '***';

/** A request body for the journal: secrets are masked; a long or binary body is replaced by its size. */
export function maskBody(body: Buffer, contentType: string): string | undefined {
  if (body.length === 0) return undefined;
  if (body.length > 65_536) return `(${body.length} bytes)`;
  const text = body.toString('utf8');
  if (contentType.startsWith('application/x-www-form-urlencoded')) return maskForm(text);
  if (/json/.test(contentType) || /^\s*[{[]/.test(text)) return maskJsonText(text);
  return `(${body.length} bytes of ${contentType || 'an unnamed type'})`;
}

/** JSON text with its secrets masked. Other text is replaced by its length: secrets in it cannot be found. */
export function maskJsonText(text: string): string {
  try {
    return JSON.stringify(maskValue(JSON.parse(text)));
  } catch {
    return `(${text.length} characters)`;
  }
}

/** A URL's query with the signature and the tokens masked. */
export function maskUrl(url: string): string {
  return url.replace(
    /([?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|[^=&]*token[^=&]*)=)[^&]*/gi,
    `$1${mask}`,
  );
}

function maskForm(text: string): string {
  const form = new URLSearchParams(text);
  for (const name of [...form.keys()]) if (isSecret(name.split('.').at(-1) ?? '')) form.set(name, mask);
  return form.toString();
}

function maskValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecret(name) && typeof member === 'string' ? mask : maskValue(member),
    ]),
  );
}

function isSecret(name: string): boolean {
  return secretName.test(name) && !notSecretName.test(name);
}
