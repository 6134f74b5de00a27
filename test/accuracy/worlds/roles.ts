import type { Dialect } from './dialect.ts';

/**
 * What a world says of itself: which of its tables plays which part, with the names of columns as
 * they are written in statements (quoted where they must be) and values that are in them. Kinds of
 * defects are written against parts, so that each is found in every world.
 */
export interface Roles {
  d: Dialect;
  /** Statements of worlds with another style are built otherwise. */
  style: number;
  parent: Parent;
  fact: Fact;
  line: Line;
  item: Item;
  doc: Doc;
  queue: Queue;
  log: Log;
  hot: Hot;
  wide: Wide;
  tiny: Tiny;
  /** A view over fact and parent, with the columns `key`, `parent`, `email` and `at`. */
  view: { name: string; key: string; parent: string; email: string; at: string };
}

export interface Named {
  /** As catalogs name it. */
  name: string;
  /** As statements name it. */
  sql: string;
  rows: number;
}

/** Customers, patients: whom the facts belong to. */
export interface Parent extends Named {
  key: string;
  email: string;
  label: string;
  /** Some dozen values. */
  area: string;
  joined: string;
  /** Literals of the i-th: it has facts; it has none. */
  id(i: number): string;
  childless(i: number): string;
  emailOf(i: number): string;
  areaOf(i: number): string;
  /** Of `email`, unique; of `lower(email)`, PostgreSQL; of `joined`. */
  indexes: { email: string; lower: string; joined: string };
  /** `lower(email)` as it stands in the index. */
  lowerExpression: string;
}

/** Orders, visits: append-only, most of what is asked for. */
export interface Fact extends Named {
  key: string;
  parent: string;
  at: string;
  /** Skewed: most rows have `common`, some hundred `rare`. */
  state: string;
  common: string;
  rare: string;
  /** Even, `kinds` values; numbers from 0. */
  kind: string;
  kinds: number;
  /** Even, some hundred numbers from 0. */
  agent: string;
  agents: number;
  amount: string;
  code: string;
  /** Of 3 % of the rows, else NULL; a text. */
  voucher: string;
  /** `model` tells `make`: 40 and 20 even values, numbers from 0; make = model / 2. */
  make: string;
  model: string;
  memo: string;
  /** Those that a new row must have, and values for the i-th new one. */
  columns: string;
  valuesOf(i: string): string;
  id(i: number): string;
  /** A key that no row has. */
  freshId(i: number): string;
  codeOf(i: number): string;
  /** The first digits of some thirty codes. */
  codePrefix(i: number): string;
  voucherOf(i: number): string;
  /** The moment at which this share (0..1) of the rows was there. */
  when(share: number): string;
  /** Literals of the day that holds this share's moment, and of the one after. */
  day(share: number): [from: string, to: string];
  indexes: {
    parent: string;
    at: string;
    code: string;
    kindAgent: string;
    agentAt: string;
    voucher: string;
    /** Partial: the rare state, by time (PostgreSQL). */
    rare: string;
  };
  /** References to parents, and of lines to facts, are constraints (PostgreSQL). */
  foreignKeys: boolean;
  /** The extended statistics on make and model (PostgreSQL). */
  statistics: string;
}

export interface Line extends Named {
  /** Columns of the primary key. */
  key: string[];
  fact: string;
  item: string;
  quantity: string;
  price: string;
  indexes: { fact: string; item: string };
}

export interface Item extends Named {
  key: string;
  label: string;
  group: string;
  price: string;
  id(i: number): string;
}

/** JSON, arrays, free text. In MySQL and MariaDB `source` is computed from the document. */
export interface Doc extends Named {
  key: string;
  data: string;
  tags: string;
  body: string;
  /** A member of `data` with some thousand values, and one with few. */
  member: string;
  memberOf(i: number): string;
  /** The column that the server computes of the member (MySQL, MariaDB). */
  generated: string;
  tagOf(i: number): string;
  /** A word that is in some dozen bodies. */
  wordOf(i: number): string;
  id(i: number): string;
  indexes: { data: string; tags: string; body: string; member: string };
}

export interface Queue extends Named {
  key: string;
  state: string;
  ready: string;
  done: string;
  runAt: string;
  fact: string;
  attempts: string;
  payload: string;
  id(i: number): string;
  /** By `runAt`, of those that are ready (MySQL, MariaDB: by state and `runAt`). */
  indexes: { ready: string };
  /** Its columns, in the order in which it was made. */
  columns: string;
  /** Nothing that is ready is due before it. */
  before: string;
  /** The moment at which this share (0..1) of the rows was due. */
  when(share: number): string;
}

/** Partitioned by time. */
export interface Log extends Named {
  key: string;
  at: string;
  source: string;
  sources: number;
  level: string;
  message: string;
  when(share: number): string;
  day(share: number): [from: string, to: string];
  /** By source and time. */
  indexes: { source: string };
}

/** Some thousand rows that are asked for all the time. */
export interface Hot extends Named {
  key: string;
  owner: string;
  seen: string;
  note: string;
  id(i: number): string;
  ownerOf(i: number): string;
  /** The moment before which this share (0..1) of the rows was seen. */
  when(share: number): string;
  indexes: { owner: string; seen: string };
}

/** Kilobytes a row. */
export interface Wide extends Named {
  key: string;
  title: string;
  area: string;
  body: string;
  id(i: number): string;
  areaOf(i: number): string;
  indexes: { area: string };
}

export interface Tiny extends Named {
  key: string;
  label: string;
  id(i: number): string;
}
