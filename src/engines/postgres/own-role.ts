import { tokenize } from '../../dialects/postgres/lexer.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { makeTemplate, type Template } from './repair.ts';
import { squashedRest } from './shared-values.ts';
import type { KnownStatement } from './statement-cache.ts';

/**
 * The text that a role's function is given: as production wrote it, without comments. The function
 * reads the first word, which may stand behind one, and takes no semicolon, which may stand in one.
 * Places stay, so that the parser's findings hold for both.
 */
export interface OwnRoleText {
  kind: 'text';
  template: Template;
  sample?: string;
  searchPath: string[];
  as: string;
}

export function ownRoleText(
  { text, parsed }: KnownStatement,
  { searchPath, open }: { searchPath: string[]; open?: string },
  user: string,
  sample: string | undefined,
): OwnRoleText | Refusal {
  if (text === undefined || !parsed) return refused('unparsable');
  if (open !== undefined) return refused('untrusted_function', open);
  const bare = withoutComments(text);
  if (bare.includes(';'))
    return refused(
      'not_explainable_statement',
      'a semicolon in the text, which the function refuses',
    );
  const running = sample === undefined ? undefined : withoutComments(sample);
  const usable = running !== undefined && !running.includes(';');
  return {
    kind: 'text',
    template: makeTemplate(bare, parsed),
    searchPath,
    as: user,
    ...(usable ? { sample: running } : {}),
  };
}

export function withoutComments(text: string): string {
  let bare = '';
  let at = 0;
  for (const token of tokenize(text)) {
    if (token.kind !== 'comment' || token.text === squashedRest) continue;
    bare += text.slice(at, token.at) + token.text.replace(/[^\n]/g, ' ');
    at = token.at + token.text.length;
  }
  return bare + text.slice(at);
}
