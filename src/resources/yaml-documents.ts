import { CST, Lexer } from 'yaml';

/**
 * Cuts a text into its YAML documents and counts what each is made of, before a parser sees any of
 * it: by the lexer alone, which takes time in proportion to the text, where the parser may take it
 * in proportion to its square.
 */
export interface DocumentText {
  text: string;
  /** Where it begins: 0-based lines before it. */
  linesBefore: number;
  /** Why it is not read. */
  refusal?: string;
}

export interface YamlLimits {
  characters: number;
  /** Of all documents together. */
  tokens: number;
  /** Each costs its parser some ten microseconds, be it empty. */
  documents: number;
}

/** What a folder may hold in one file; the API server takes no object above 1.5 MiB either. */
export const fileLimits: YamlLimits = { characters: 1_048_576, tokens: 200_000, documents: 10_000 };
/** What someone may ask us to check: read within some 100 ms, in which nothing else happens. */
export const requestLimits: YamlLimits = { characters: 262_144, tokens: 20_000, documents: 500 };
/** A manifest with every field, and a Secret with a hundred keys, have some hundreds. */
const documentTokens = 10_000;

/** The lexer's own: of nothing that stands in the text. */
const lexerSigns = ['\u0002', '\u0018', '\u001f'];

/** Between documents, none of its own. */
const silent = new Set(['space', 'newline', 'comment', 'directive-line']);

/** The documents up to where a limit ends the reading; `refusal` says which. */
export function splitDocuments(
  text: string,
  limits: YamlLimits,
): { documents: DocumentText[]; refusal?: string } {
  if (text.length > limits.characters)
    return { documents: [], refusal: `larger than ${limits.characters} characters` };
  const documents: DocumentText[] = [];
  let [from, at, tokens, all, begun, lines, linesBefore] = [0, 0, 0, 0, false, 0, 0];
  const cut = () => {
    const over =
      tokens > documentTokens
        ? { refusal: `more than ${documentTokens} words and signs in one document` }
        : {};
    documents.push({ text: text.slice(from, at), linesBefore, ...over });
    [from, tokens, begun, linesBefore] = [at, 0, false, lines];
  };
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (lexerSigns.includes(lexeme)) continue;
    if (type === 'doc-start' && begun) cut();
    at += lexeme.length;
    tokens += 1;
    all += 1;
    if (all > limits.tokens)
      return { documents, refusal: `more than ${limits.tokens} words and signs` };
    const says = !silent.has(type ?? '');
    if (says && documents.length >= limits.documents)
      return { documents, refusal: `more than ${limits.documents} documents` };
    lines += countLines(lexeme);
    if (type === 'doc-end') cut();
    else if (says) begun = true;
  }
  cut();
  return { documents };
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
