import { XMLValidator } from 'fast-xml-parser';
import { exchangeSigned } from './exchange-signed';

export interface FormAnswer {
  readonly status: number;
  /** The code and the message of an error, both empty on success. */
  readonly code: string;
  readonly message: string;
  readonly body: string;
}

/**
 * Sends a CloudFormation operation as a raw form, because the SDK would refuse most of the tested input. Throws for a
 * response that is not XML 1.0, for a 5xx, and for an error without a code and a message.
 */
export async function askCloudFormation(
  endpoint: string,
  operation: string,
  members: Readonly<Record<string, string>>,
): Promise<FormAnswer> {
  const form = new URLSearchParams({ Action: operation, Version: '2010-05-15', ...members });
  const { status, body } = await exchangeSigned(endpoint, 'cloudformation', {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  });
  const tried = `${operation} ${JSON.stringify(members).slice(0, 300)} answered ${status} ${body.slice(0, 300)}`;
  // Characters that XML 1.0 does not allow: https://www.w3.org/TR/xml/#charsets
  const strange = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.exec(body);
  if (strange) throw new Error(`${tried}: no XML has the character ${JSON.stringify(strange[0])}`);
  const valid = XMLValidator.validate(body);
  if (valid !== true) throw new Error(`${tried}: ${valid.err.msg}`);
  const code = element(body, 'Code') ?? '';
  const message = element(body, 'Message') ?? '';
  if (status !== 200 && (status !== 400 || code === '' || message === '')) throw new Error(tried);
  return { status, code, message, body };
}

/** The text of the first element with this name. */
export function element(body: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#13': '\r', amp: '&' };
  return text?.replace(/&(lt|gt|quot|#13|amp);/g, (_, name: string) => named[name] ?? '');
}
