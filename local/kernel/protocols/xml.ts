import type { OutputValue } from '../contracts';

/**
 * How a protocol writes the items of a list: `<member>` (awsQuery), `<item>` (ec2Query), or the list's own name
 * (restXml).
 */
export type ListStyle = { readonly itemName: string } | 'flattened';

/**
 * Elements for the members of an output. `undefined` members are left out; a Date becomes ISO 8601;
 * a map is `{ entry: [{ key, value }, …] }`.
 */
export function writeXml(output: Readonly<Record<string, OutputValue>>, listStyle: ListStyle): string {
  return Object.entries(output)
    .map(([name, value]) => writeElement(name, value, listStyle))
    .join('');
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

/**
 * Replaces with U+FFFD the characters that XML 1.0 does not allow, even as a reference: most control characters and
 * lone surrogates.
 */
export function withXmlCharacters(document: string): string {
  return document.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

function writeElement(name: string, value: OutputValue, listStyle: ListStyle): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    if (listStyle === 'flattened' || name === 'entry')
      return value.map((item) => writeElement(name, item, listStyle)).join('');
    const items = value.map((item) => writeElement(listStyle.itemName, item, listStyle)).join('');
    return `<${name}>${items}</${name}>`;
  }
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`;
  if (typeof value === 'object') {
    return `<${name}>${writeXml(value as Readonly<Record<string, OutputValue>>, listStyle)}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}
