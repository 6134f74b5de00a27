import { createHash } from 'node:crypto';
import type { EngineName } from '../../../src/model/engine-name.ts';

/**
 * The pieces of SQL that generators and statements are made of, in the words of each engine. All
 * data are arithmetic on the row's number `n`, so that every server holds the same rows.
 */
export interface Dialect {
  engine: EngineName;
  postgres: boolean;
  /** Quotes a name if it must be. */
  q(name: string): string;
  types: Record<'int' | 'big' | 'long' | 'time' | 'money' | 'json' | 'tags' | 'uuid', string> & {
    text(length: number): string;
  };
  /** A FROM item with the column `n`, 1..rows. */
  series(rows: number): string;
  concat(...parts: string[]): string;
  /** `n` with leading zeros. */
  pad(n: string, width: number): string;
  /** Pseudo-random, 0..modulo-1; another salt gives other figures. */
  mix(modulo: number, salt: number, n?: string): string;
  /** 0..modulo-1, the small ones often: the commonest has modulo^(-1/power) of the rows. */
  skewed(modulo: number, salt: number, power?: number): string;
  /** One of the texts, by a number that starts at 0. */
  pick(values: readonly string[], index: string): string;
  /** `seconds` after the moment. */
  after(moment: string, seconds: string): string;
  json(members: Record<string, string>): string;
  tags(...values: string[]): string;
  /** 32 hexadecimal digits. */
  md5(text: string): string;
  /** The text of a number. */
  string(n: string): string;
  /** A text of 32 times `parts` digits that no compression makes small. */
  digits(parts: number): string;
}

const largestPrime = 2_147_483_647;
const multiplier = (salt: number) => 48_271 + 7_918 * salt;

export function dialect(engine: EngineName): Dialect {
  return engine === 'postgres' ? postgres : mysqlFamily(engine);
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const members = (of: Record<string, string>) =>
  Object.entries(of)
    .map(([name, value]) => `${quoted(name)}, ${value}`)
    .join(', ');

const postgres: Dialect = {
  engine: 'postgres',
  postgres: true,
  q: (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`),
  types: {
    int: 'integer',
    big: 'bigint',
    long: 'text',
    time: 'timestamptz',
    money: 'numeric(12, 2)',
    json: 'jsonb',
    tags: 'text[]',
    uuid: 'uuid',
    text: (length) => `varchar(${length})`,
  },
  series: (rows) => `generate_series(1, ${rows}) AS s(n)`,
  concat: (...parts) => `(${parts.join(' || ')})`,
  pad: (n, width) => `lpad((${n})::text, ${width}, '0')`,
  mix: (modulo, salt, n = 'n') =>
    `((${n} * ${multiplier(salt)}::bigint % ${largestPrime} * 16807 % ${largestPrime}) % ` +
    `${modulo})::int`,
  skewed: (modulo, salt, power = 2) =>
    `floor(${modulo} * power(${postgres.mix(1_000_000, salt)} / 1e6::float8, ${power}))::int`,
  pick: (values, index) => `(ARRAY[${values.map(quoted).join(', ')}])[1 + ${index}]`,
  after: (moment, seconds) => `timestamptz '${moment}' + (${seconds}) * interval '1 second'`,
  json: (of) => `jsonb_build_object(${members(of)})`,
  tags: (...values) => `ARRAY[${values.join(', ')}]::text[]`,
  md5: (text) => `left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 32)`,
  string: (n) => `(${n})::text`,
  digits: (parts) =>
    `(SELECT string_agg(md5(n::text || 'x' || p), '') FROM generate_series(1, ${parts}) p)`,
};

const mysqlFamily = (engine: EngineName): Dialect => {
  const self: Dialect = {
    engine,
    postgres: false,
    q: (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `\`${name}\``),
    types: {
      int: 'int',
      big: 'bigint',
      long: 'text',
      time: 'datetime',
      money: 'decimal(12, 2)',
      json: 'json',
      tags: 'varchar(120)',
      uuid: 'char(32)',
      text: (length) => `varchar(${length})`,
    },
    series: (rows) =>
      engine === 'mariadb'
        ? `(SELECT seq AS n FROM seq_1_to_${rows}) AS s`
        : `(WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${rows}) ` +
          'SELECT n FROM r) AS s',
    concat: (...parts) => `concat(${parts.join(', ')})`,
    pad: (n, width) => `lpad(${n}, ${width}, '0')`,
    mix: (modulo, salt, n = 'n') =>
      `((${n} * ${multiplier(salt)} % ${largestPrime} * 16807 % ${largestPrime}) % ${modulo})`,
    skewed: (modulo, salt, power = 2) =>
      `floor(${modulo} * power(${self.mix(1_000_000, salt)} / 1e6, ${power}))`,
    pick: (values, index) => `elt(1 + ${index}, ${values.map(quoted).join(', ')})`,
    after: (moment, seconds) => `TIMESTAMP '${moment}' + INTERVAL (${seconds}) SECOND`,
    json: (of) => `json_object(${members(of)})`,
    tags: (...values) => `concat_ws(',', ${values.join(', ')})`,
    // MySQL 9 has no md5() of its own.
    md5: (text) => `left(sha2(${text}, 256), 32)`,
    string: (n) => `concat(${n})`,
    // Off the page too: InnoDB does not compress, so that repeating is as good.
    digits: (parts) => `repeat(${self.md5('n')}, ${parts})`,
  };
  return self;
};

/** What `mix` gives, computed here. */
export const mixed = (n: number, modulo: number, salt: number): number =>
  Number(
    ((((BigInt(n) * BigInt(multiplier(salt))) % BigInt(largestPrime)) * 16_807n) %
      BigInt(largestPrime)) %
      BigInt(modulo),
  );

export const md5Of = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);
export const padded = (n: number, width: number): string => String(n).padStart(width, '0');

/** A literal of a moment: `days` and `seconds` after the base (`2025-01-01 00:00:00`). */
export function moment(base: string, days: number, seconds = 0): string {
  const at = new Date(Date.parse(`${base.replace(' ', 'T')}Z`) + (days * 86_400 + seconds) * 1_000);
  return `'${at.toISOString().slice(0, 19).replace('T', ' ')}'`;
}
