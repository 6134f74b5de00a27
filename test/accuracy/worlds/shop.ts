import type { EngineName } from '../../../src/model/engine-name.ts';
import type { World } from '../case.ts';
import { dialect, md5Of, mixed, moment, padded } from './dialect.ts';
import { building } from './kinds/building.ts';
import type { Roles } from './roles.ts';
import { base, cities, docs, size, step, tables, view } from './shop-tables.ts';
import { loadTables } from './table.ts';

/** An online shop: integer keys, plural names, an order's lines with a key of their own. */
export const shop: World = {
  name: 'shop',
  heldOut: false,
  load: (engine) => [...loadTables(dialect(engine), tables(dialect(engine))), view],
  cases: (engine) => building(roles(engine)),
};

const named = (name: string, rows: number) => ({ name, sql: name, rows });
const days = (share: number, each: number, rows: number) =>
  Math.floor((share * rows * each) / 86_400);

function roles(engine: EngineName): Roles {
  const d = dialect(engine);
  const when = (rows: number, each: number) => (share: number) =>
    moment(base, 0, share * rows * each);
  const day =
    (rows: number, each: number) =>
    (share: number): [string, string] => {
      const from = days(share, each, rows);
      return [moment(base, from), moment(base, from + 1)];
    };
  const city = (i: number) => cities[mixed(i, 8, 1)];
  return {
    d,
    style: 0,
    parent: {
      ...named('customers', size.customers),
      key: 'id',
      email: 'email',
      label: 'name',
      area: 'city',
      joined: 'joined_at',
      id: (i) => String(i * 37),
      childless: (i) => String(size.customers - 1_900 + i),
      emailOf: (i) => `'User${padded(i * 7, 6)}@${city(i * 7)}.example'`,
      areaOf: (i) => `'${cities[i % 8]}'`,
      indexes: {
        email: 'customers_email',
        lower: 'customers_lower_email',
        joined: 'customers_joined',
      },
      lowerExpression: 'lower(email)',
    },
    fact: {
      ...named('orders', size.orders),
      key: 'id',
      parent: 'customer_id',
      at: 'placed_at',
      state: 'state',
      common: "'paid'",
      rare: "'disputed'",
      kind: 'channel',
      kinds: 20,
      agent: 'clerk',
      agents: 400,
      amount: 'total',
      code: 'code',
      voucher: 'coupon',
      make: 'brand',
      model: 'model',
      memo: 'memo',
      columns: 'id, customer_id, placed_at, state, channel, clerk, total, code, brand, model, memo',
      valuesOf: (n) =>
        `1000000 + ${n}, 1 + ${n} % 5000, ${moment(base, 400)}, 'paid', ${n} % 20, ${n} % ` +
        `400, 9.5, ` +
        `${d.concat("'N-'", d.string(n))}, 1, 3, 'new'`,
      id: (i) => String(i * 1_117),
      freshId: (i) => String(900_000 + i),
      codeOf: (i) => `'S-${padded(i * 911, 7)}'`,
      codePrefix: (i) => `S-000${padded(i * 7, 2)}`,
      voucherOf: (i) => `'SAVE${i * 11}'`,
      when: when(size.orders, step.order),
      day: day(size.orders, step.order),
      indexes: {
        parent: 'orders_customer',
        at: 'orders_placed',
        code: 'orders_code',
        kindAgent: 'orders_channel_clerk',
        agentAt: 'orders_clerk_placed',
        voucher: 'orders_coupon',
        rare: 'orders_disputed',
      },
      statistics: 'orders_brand_model',
    },
    line: {
      ...named('order_items', size.items),
      key: ['id'],
      fact: 'order_id',
      item: 'product_id',
      quantity: 'quantity',
      price: 'price',
      indexes: { fact: 'order_items_order', item: 'order_items_product' },
    },
    item: {
      ...named('products', size.products),
      key: 'id',
      label: 'title',
      group: 'category_id',
      price: 'price',
      id: (i) => String(i * 13),
    },
    doc: {
      ...named('reviews', docs.reviews),
      key: 'id',
      data: 'details',
      tags: 'tags',
      body: 'body',
      member: 'device',
      memberOf: (i) => `d${mixed(i * 17, 2_000, 31)}`,
      generated: 'device',
      tagOf: (i) => `t${i * 9}`,
      wordOf: (i) => `ref${padded(i * 21, 4)}`,
      id: (i) => String(i * 53),
      indexes: {
        data: 'reviews_details',
        tags: 'reviews_tags',
        body: 'reviews_body',
        member: 'reviews_device',
      },
    },
    queue: {
      ...named('jobs', docs.jobs),
      key: 'id',
      state: 'state',
      ready: "'ready'",
      done: "'done'",
      runAt: 'run_at',
      fact: 'order_id',
      attempts: 'attempts',
      payload: 'payload',
      id: (i) => String(i * 101),
      indexes: { ready: 'jobs_ready' },
      before: moment(base, 10),
      columns: 'id, state, run_at, order_id, attempts, payload',
      when: when(docs.jobs, step.job),
    },
    log: {
      ...named('events', docs.events),
      key: 'id',
      at: 'at',
      source: 'source',
      sources: 300,
      level: 'level',
      message: 'message',
      when: when(docs.events, step.event),
      day: day(docs.events, step.event),
      indexes: { source: 'events_source' },
    },
    hot: {
      ...named('sessions', docs.sessions),
      key: 'token',
      owner: 'customer_id',
      seen: 'seen_at',
      note: 'agent',
      id: (i) => `'${md5Of(`s${i * 3}`)}'`,
      ownerOf: (i) => String(i * 5),
      when: when(docs.sessions, 60),
      indexes: { owner: 'sessions_customer', seen: 'sessions_seen' },
    },
    wide: {
      ...named('pages', docs.pages),
      key: 'id',
      title: 'title',
      area: 'section',
      body: 'html',
      id: (i) => String(i * 11),
      areaOf: (i) => String(i % 20),
      indexes: { area: 'pages_section' },
    },
    tiny: {
      ...named('categories', 20),
      key: 'id',
      label: 'label',
      id: (i) => String(1 + (i % 20)),
    },
    view: {
      name: 'recent_orders',
      key: 'id',
      parent: 'customer_id',
      email: 'email',
      at: 'placed_at',
    },
  };
}
