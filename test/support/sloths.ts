import type { PostgresServer } from './postgres-server.ts';

/** `shop.sloths`, of which an index takes as long as is wished: its values are compared slowly. */
export async function prepareSloths(server: PostgresServer): Promise<void> {
  await server.sql(`
    CREATE TYPE shop.pace;
    CREATE FUNCTION shop.pace_in(cstring) RETURNS shop.pace
      LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
    CREATE FUNCTION shop.pace_out(shop.pace) RETURNS cstring
      LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
    CREATE TYPE shop.pace (INPUT = shop.pace_in, OUTPUT = shop.pace_out, LIKE = int4);
    CREATE CAST (shop.pace AS int) WITHOUT FUNCTION;
    CREATE CAST (int AS shop.pace) WITHOUT FUNCTION`);
  await setPace(server, 0);
  await server.sql(`
    CREATE OPERATOR CLASS shop.pace_ops DEFAULT FOR TYPE shop.pace USING btree
      AS FUNCTION 1 shop.pace_compare(shop.pace, shop.pace);
    CREATE TABLE shop.sloths (id int PRIMARY KEY, pace shop.pace);
    ALTER TABLE shop.sloths OWNER TO builder;
    INSERT INTO shop.sloths
      SELECT n, (n * 7919 % 3001)::shop.pace FROM generate_series(1, 3000) n`);
}

/** What a comparison takes; a build makes some tens of thousands. */
export const setPace = (server: PostgresServer, ms: number) =>
  server.sql(`CREATE OR REPLACE FUNCTION shop.pace_compare(shop.pace, shop.pace) RETURNS int
    LANGUAGE plpgsql IMMUTABLE AS 'BEGIN
      PERFORM pg_sleep(${ms / 1_000}) WHERE ${ms} > 0;
      RETURN sign($1::int - $2::int);
    END'`);
