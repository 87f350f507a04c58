import fc from 'fast-check';
import { keyOfPath, objectKey, pathOfKey } from '../../../service/domain/key';
import { Problem } from '../../../service/domain/problem';

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom('..', '.', '', 'a', '%2e', 'ü'), { maxLength: 6 }).map((segments) => segments.join('/')),
);

describe('objectKey', () => {
  it('accepts a key and keeps it exactly, or refuses it: it never changes one', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        let object: string;
        try {
          object = objectKey('data/', key);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
          return;
        }
        expect(object).toBe(`data/${key}`);
        // No path library may resolve it to a place outside the prefix.
        expect(
          new URL(object.split('/').map(encodeURIComponent).join('/'), 'http://x/').pathname.startsWith('/data/'),
        ).toBe(true);
        expect(object.split('/')).not.toContain('..');
        expect(object.split('/')).not.toContain('');
      }),
    );
  });

  it('refuses by bytes, not by characters', () => {
    expect(() => objectKey('data/', 'ü'.repeat(509))).not.toThrow();
    expect(() => objectKey('data/', 'ü'.repeat(510))).toThrow('longer than 1019 bytes');
  });
});

it('every accepted key survives the round trip through a Location header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (key) => {
      fc.pre(key.isWellFormed());
      expect(keyOfPath(pathOfKey(key).slice('/data/'.length))).toBe(key);
    }),
  );
});
