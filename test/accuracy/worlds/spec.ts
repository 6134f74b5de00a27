import { type Dialect, md5Of, padded } from './dialect.ts';

/**
 * A world as a list of names, types and sizes: what its tables and columns are called, what their
 * keys are, how many rows there are and how uneven they are. Tables and roles are made of it.
 */
export interface WorldSpec {
  name: string;
  heldOut: boolean;
  /** Which form of a statement is taken where a kind has several. */
  style: number;
  /** The first moment: `2025-01-01 00:00:00`. */
  base: string;
  /** Written in front of tables in statements (PostgreSQL): `public.`. */
  schema?: string;
  /** Without time zone, where it is said. */
  time?: 'timestamp' | 'timestamptz';
  parent: ParentSpec;
  fact: FactSpec;
  line: LineSpec;
  item: ItemSpec;
  doc: DocSpec;
  queue: QueueSpec;
  log: LogSpec;
  hot: HotSpec;
  wide: WideSpec;
  tiny: { table: string; rows: number; key: string; label: string; text: string };
  view: { name: string; as: { email: string } };
}

export type KeySpec =
  | { type: 'int' | 'big'; from?: number; step?: number }
  | { type: 'uuid'; salt: string }
  | { type: 'text'; prefix: string; digits: number };

interface Base {
  table: string;
  rows: number;
  /** Columns that no statement asks for: type and value. */
  more?: (d: Dialect) => Record<string, [type: string, value: string]>;
}

export interface ParentSpec extends Base {
  key: string;
  id: KeySpec;
  email: string;
  /** What stands before the number and behind it: `User`, `@x.example`. */
  emailAs: [before: string, after: string];
  label: string;
  area: string;
  areas: string[];
  joined: string;
  joinedEach_s: number;
  /** How many have no facts. */
  spare: number;
}

export interface FactSpec extends Base {
  key: string;
  id: KeySpec;
  parent: string;
  /** How uneven parents are: 1 even, 2 and more skewed. */
  power: number;
  at: string;
  each_s: number;
  state: string;
  /** The commonest first; the last is `rare`. */
  states: string[];
  rareOneIn: number;
  kind: string;
  kinds: number;
  agent: string;
  agents: number;
  amount: string;
  code: string;
  codeAs: [prefix: string, digits: number];
  voucher: string;
  voucherAs: string;
  make: string;
  model: string;
  memo: string;
  memoAs: string;
  /** References are constraints. */
  foreignKeys: boolean;
}

export interface LineSpec extends Base {
  /** A key of its own, or of the item, the fact and a number. */
  key: { own: string } | { position: string };
  fact: string;
  item: string;
  quantity: string;
  price: string;
}

export interface ItemSpec extends Base {
  key: string;
  id: KeySpec;
  label: string;
  labelAs: string;
  group: string;
  price: string;
}

export interface DocSpec extends Base {
  key: string;
  data: string;
  /** Members: one with thousands of values, one with few. */
  member: string;
  memberAs: string;
  members: number;
  other: string;
  tags: string;
  tagAs: string;
  body: string;
  words: string[];
  wordAs: string;
}

export interface QueueSpec extends Base {
  key: string;
  state: string;
  ready: string;
  done: string;
  waiting: number;
  runAt: string;
  each_s: number;
  fact: string;
  attempts: string;
  payload: string;
}

export interface LogSpec extends Base {
  key: string;
  at: string;
  each_s: number;
  partitions: number;
  source: string;
  sources: number;
  level: string;
  levels: string[];
  message: string;
}

export interface HotSpec extends Base {
  key: string;
  id: KeySpec;
  owner: string;
  seen: string;
  each_s: number;
  note: string;
}

export interface WideSpec extends Base {
  key: string;
  title: string;
  area: string;
  areas: number;
  body: string;
  draft: string;
  /** How many times 32 bytes. */
  parts: number;
}

export const keyType = (d: Dialect, key: KeySpec): string =>
  key.type === 'text' ? d.types.text(key.prefix.length + key.digits + 4) : d.types[key.type];

/** The key of the row whose number the expression gives. */
export function keyOf(d: Dialect, key: KeySpec, n: string): string {
  if (key.type === 'uuid') {
    const digits = d.md5(d.concat(`'${key.salt}'`, d.string(n)));
    return d.postgres ? `${digits}::uuid` : digits;
  }
  if (key.type === 'text') return d.concat(`'${key.prefix}'`, d.pad(n, key.digits));
  const from = key.from ?? 0;
  return from === 0 && !key.step ? n : `${from} + (${n}) * ${key.step ?? 1}`;
}

/** The same as a literal. */
export function keyLiteral(key: KeySpec, n: number): string {
  if (key.type === 'uuid') return `'${md5Of(`${key.salt}${n}`)}'`;
  if (key.type === 'text') return `'${key.prefix}${padded(n, key.digits)}'`;
  return String((key.from ?? 0) + n * (key.step ?? 1));
}
