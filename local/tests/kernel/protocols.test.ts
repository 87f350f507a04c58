import { parseForm } from '../../kernel/protocols/form';
import { withXmlCharacters } from '../../kernel/protocols/xml';

it('reads lists, maps and structures of a form, and refuses a name with more parts than any input has', () => {
  expect(parseForm('Tags.member.1.Key=a&Tags.member.2.Key=b&Map.entry.1.key=k&Map.entry.1.value=v')).toEqual({
    Tags: [{ Key: 'a' }, { Key: 'b' }],
    Map: { k: 'v' },
  });
  expect(() => parseForm(`A${'.a'.repeat(50_000)}=x`)).toThrow('A parameter name has more than 64 parts.');
});

it('replaces characters that XML 1.0 does not allow with U+FFFD', () => {
  expect(withXmlCharacters('a\u0000b\u0008\u001F\uFFFE\uD800c')).toBe('a\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFDc');
  expect(withXmlCharacters('\t\n\r é 😀 \uFFFD')).toBe('\t\n\r é 😀 \uFFFD');
});
