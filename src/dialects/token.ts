/** A piece of SQL, as the engines' lexers give it. All tokens' texts together are the text. */
export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'number'
  | 'param'
  | 'word'
  | 'quoted'
  | 'operator'
  | 'punctuation';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Offset in UTF-16 units. */
  at: number;
}
