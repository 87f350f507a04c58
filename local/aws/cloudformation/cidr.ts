import { formatError } from './validation-error';

/** `Fn::Cidr` over IPv4: `count` blocks inside `block`, each with `bits` host bits. */
export function cidrBlocks(block: string, count: number, bits: number): string[] {
  const { base, prefix } = parseBlock(block);
  const size = 2 ** bits;
  if (!Number.isInteger(count) || count < 1 || count > 256 || !Number.isInteger(bits) || bits < 1 || bits > 32) {
    throw formatError(`Fn::Cidr takes 1 to 256 blocks of 1 to 32 bits, not ${count} of ${bits}.`);
  }
  if (count * size > 2 ** (32 - prefix))
    throw formatError(`Fn::Cidr: ${count} blocks of ${bits} bits do not fit in ${block}.`);
  return Array.from({ length: count }, (_, index) => `${formatAddress(base + index * size)}/${32 - bits}`);
}

/** The first address (as a number) and the prefix length of `a.b.c.d/n`. Throws ValidationError for anything else. */
export function parseBlock(block: string): { readonly base: number; readonly prefix: number } {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
  const octets = (match ?? []).slice(1, 5).map(Number);
  const prefix = Number(match?.[5]);
  if (match === null || octets.some((octet) => octet > 255) || prefix > 32) {
    throw formatError(`"${block}" is not an IPv4 CIDR block.`);
  }
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  return { base: Math.floor(address / size) * size, prefix };
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
