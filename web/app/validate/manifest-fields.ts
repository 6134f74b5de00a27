import { type Document, isMap, isScalar, parseAllDocuments } from 'yaml';

/**
 * The few things that every target needs, read out of a manifest's text and written back into it.
 * The text is the truth: a value that stands there is exchanged where it stands, letter by letter,
 * so that comments, order and layout stay a person's own; only what is new, or taken away, has the
 * YAML written anew, with its comments. Pure.
 */
export interface ManifestFields {
  engine: EngineChoice;
  namespace: string;
  name: string;
  host: string;
  /** These are empty where the manifest leaves them to what is usual. */
  port: string;
  database: string;
  via: string;
  tls: string;
  interval: string;
}
export type EngineChoice = 'postgres' | 'mysql' | 'mariadb';
type FieldName = keyof ManifestFields;
export type Change = Partial<ManifestFields>;

export interface ManifestRead {
  fields: ManifestFields;
  /** Where the password comes from: a Secret by its name, or a folder. */
  credentials: { kind: 'secret'; name: string } | { kind: 'folder'; path: string } | undefined;
}

/** What an engine has: the ways to explain, the first of them where none is chosen. */
export const ways: Record<EngineChoice, readonly string[]> = {
  postgres: ['direct', 'function'],
  mysql: ['direct', 'procedure'],
  mariadb: ['direct', 'procedure'],
};

const places = {
  engine: ['spec', 'engine'],
  namespace: ['metadata', 'namespace'],
  name: ['metadata', 'name'],
  host: ['spec', 'connection', 'host'],
  port: ['spec', 'connection', 'port'],
  database: ['spec', 'connection', 'database'],
  via: ['spec', 'explain', 'via'],
  tls: ['spec', 'connection', 'tls', 'mode'],
  interval: ['spec', 'collection', 'interval'],
} as const satisfies Record<FieldName, readonly string[]>;
const secretPlace = ['spec', 'connection', 'credentials', 'secretRef', 'name'];
const folderPlace = ['spec', 'connection', 'credentials', 'file'];

/** Without them it is no target: emptied, they stay, as empty ones. */
const needed: ReadonlySet<FieldName> = new Set(['engine', 'namespace', 'name', 'host']);

export const firstManifest = `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: orders, namespace: shop }
spec:
  engine: postgres
  connection:
    host: orders-db
    database: orders
    credentials: { secretRef: { name: orders-dbintel } }
`;

/** More is not looked through with each key that is pressed. */
const longest = 65_536;

/** Undefined: no target can be read in it at the moment. */
export function readManifest(text: string): ManifestRead | undefined {
  const found = targetIn(documentsOf(text));
  if (!found) return undefined;
  const at = (place: readonly string[]) => wordAt(found, place);
  const engine = at(places.engine);
  const fields = Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, at(place)]),
  ) as Record<FieldName, string>;
  const [secret, folder] = [at(secretPlace), at(folderPlace)];
  return {
    fields: { ...fields, engine: isEngine(engine) ? engine : 'postgres' },
    credentials: secret
      ? { kind: 'secret', name: secret }
      : folder
        ? { kind: 'folder', path: folder }
        : undefined,
  };
}

/** The text with what is wanted; as it was where no target can be read in it. */
export function changeManifest(text: string, change: Change): string {
  if (text.trim() === '') return changeManifest(firstManifest, change);
  const before = readManifest(text);
  if (!before) return text;
  const wanted = Object.entries(withConsequences(change, before)) as [FieldName, string][];
  const named = wanted.reduce((so, [name, value]) => written(so, name, value), text);
  return renamedSecret(named, before, change.name);
}

/** Another engine has other ways to explain, and only one kind of them a database. */
function withConsequences(change: Change, { fields }: ManifestRead): Change {
  const { engine } = change;
  if (engine === undefined || engine === fields.engine) return change;
  const database = engine === 'postgres' ? fields.database || fields.name : '';
  return { database, via: '', ...change };
}

function renamedSecret(text: string, before: ManifestRead, name: string | undefined): string {
  const { credentials, fields } = before;
  const ours = credentials?.kind === 'secret' && credentials.name === secretNameOf(fields.name);
  return ours && name ? exchanged(text, secretPlace, secretNameOf(name)) : text;
}
const secretNameOf = (name: string) => `${name}-dbintel`;

function written(text: string, name: FieldName, value: string): string {
  const place = places[name];
  return value || needed.has(name) ? exchanged(text, place, value) : without(text, place);
}

/** Where it stands already, nothing else of the text is touched. */
function exchanged(text: string, place: readonly string[], value: string): string {
  const documents = documentsOf(text);
  const found = targetIn(documents);
  const node = found?.getIn(place, true);
  if (isScalar(node) && node.range && node.type !== undefined && inLine.has(node.type))
    return text.slice(0, node.range[0]) + wordFor(value) + text.slice(node.range[1]);
  found?.setIn(place, /^\d+$/.test(value) ? Number(value) : value);
  return textOf(documents);
}
const inLine: ReadonlySet<string> = new Set(['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE']);

function without(text: string, place: readonly string[]): string {
  const documents = documentsOf(text);
  const found = targetIn(documents);
  if (!found?.hasIn(place)) return text;
  found.deleteIn(place);
  const parent = place.slice(0, -1);
  const rest = found.getIn(parent, true);
  // A section of its own for this goes with it; one that a person has filled stays.
  if (isMap(rest) && rest.items.length === 0) found.deleteIn(parent);
  return textOf(documents);
}

type Documents = readonly Document.Parsed[];

function documentsOf(text: string): Documents {
  if (text.length > longest) return [];
  const documents = parseAllDocuments(text);
  return 'empty' in documents ? [] : documents;
}

const targetIn = (documents: Documents): Document.Parsed | undefined =>
  documents.find(
    (each) => each.errors.length === 0 && isMap(each.contents) && isTarget(each.get('kind')),
  );
const isTarget = (kind: unknown) => kind === 'DatabaseTarget';

const textOf = (documents: Documents): string =>
  documents.map((each) => each.toString({ lineWidth: 0 })).join('');

function wordAt(document: Document.Parsed, place: readonly string[]): string {
  const value: unknown = document.hasIn(place) ? document.getIn(place) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const isEngine = (word: string): word is EngineChoice => Object.hasOwn(ways, word);

/** What YAML would read as something else than these letters stands in quotes. */
export const wordFor = (text: string): string =>
  /^[a-zA-Z][\w.-]*$|^\d+$|^\d+(?:ms|s|m|h)$/.test(text) &&
  !/^(?:true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);

/** The password is put in where the file is kept, not here. Undefined: it names no Secret. */
export function secretText({ fields, credentials }: ManifestRead): string | undefined {
  if (credentials?.kind !== 'secret') return undefined;
  const names = `name: ${wordFor(credentials.name)}, namespace: ${wordFor(fields.namespace)}`;
  return `${[
    'apiVersion: v1',
    'kind: Secret',
    `metadata: { ${names} }`,
    'stringData: { username: dbintel, password: "" }  # put the password in before you apply it',
  ].join('\n')}\n`;
}
