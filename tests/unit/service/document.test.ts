import fc from 'fast-check';
import { parseDocument } from '../../../service/domain/document';

describe('parseDocument', () => {
  it('accepts every JSON object of bounded depth and finds its key', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })),
        fc.option(fc.string(), { nil: undefined }),
        (members, key) => {
          const { key: _ignored, ...rest } = members;
          const document = key === undefined ? rest : { ...rest, key };
          expect(parseDocument(Buffer.from(JSON.stringify(document)))).toEqual({ key });
        },
      ),
    );
  });

  it('answers any bytes with a document or a problem of status 400', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseDocument(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: 'Problem', status: 400 });
        }
      }),
    );
  });

  it.each([
    ['closed', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['open', '{"a":'.repeat(100_000)],
  ])('refuses 100,000 levels, %s, before they are parsed', (_what, text) => {
    expect(() => parseDocument(Buffer.from(text))).toThrow('nested more than 100 levels');
  });

  it('ignores a key in the prototype', () => {
    expect(parseDocument(Buffer.from('{"__proto__":{"key":"x"}}'))).toEqual({ key: undefined });
    expect(parseDocument(Buffer.from('{}'))).toEqual({ key: undefined });
  });
});
