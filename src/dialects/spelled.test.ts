import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { tokenizeSpelled } from './spelled.ts';

it('is the text, token by token', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const tokens = tokenizeSpelled(text);
      expect(tokens.map((token) => token.text).join('')).toBe(text);
    }),
  );
});
it('takes signs that touch for one operator', () =>
  expect(tokenizeSpelled('(a <=> ?) or "b c"').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'punctuation (',
    'word a',
    'space  ',
    'operator <=>',
    'space  ',
    'operator ?',
    'punctuation )',
    'space  ',
    'word or',
    'space  ',
    'quoted "b c"',
  ]));
