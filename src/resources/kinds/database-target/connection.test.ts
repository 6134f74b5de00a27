import { expect, it } from 'vitest';
import { connection } from './connection.ts';

const taken = (host: string) => connection.shape.host.safeParse(host).success;

it.each(['orders-db', 'a_b.shop.svc', '10.0.0.1', '::1', 'fe80::1', '::ffff:10.0.0.1'])(
  'a host is %s',
  (host) => expect(taken(host)).toBe(true),
);
it.each(['orders-db:5432', '10.0.0.1:5432', 'postgres://u:p@h/d', '[::1]', 'h:', ':', ''])(
  'a host is not %s: its port has a field of its own',
  (host) => expect(taken(host)).toBe(false),
);
