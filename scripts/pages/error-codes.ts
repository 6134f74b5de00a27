import { allCodes, codes } from '../../src/base/codes.ts';
import { code, page, table, wrap } from './markdown.ts';

/** docs/error-codes.md: every code with its meaning and what to do. */
const actions = {
  retry: 'tried again in the next cycle',
  wait: 'tried again later',
  stop: 'someone asked for it',
  human: 'a person has to act',
};

export const errorCodes = (): string =>
  page(
    'Codes',
    wrap(
      'Every selected statement ends as a plan or as one of these; ' +
        'so does every cycle that did not collect. They are stable: status, API, ' +
        'metrics and logs use the same words.',
    ),
    table(
      ['code', 'of a', 'meaning', 'what to do', 'then'],
      allCodes.map((name) => {
        const { scope, meaning, remedy, action } = codes[name];
        const of = scope === 'either' ? 'statement, cycle' : scope;
        return [code(name), of, meaning, remedy, actions[action]];
      }),
    ),
  );
