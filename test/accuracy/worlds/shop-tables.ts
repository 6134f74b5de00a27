import { type Dialect, moment } from './dialect.ts';
import type { TableSpec } from './table.ts';

/** The tables of the shop, their rows and indexes. */
export const base = '2025-01-01 00:00:00';
export const size = { customers: 12_000, orders: 40_000, items: 70_000, products: 2_000 };
export const docs = { reviews: 8_000, jobs: 20_000, events: 40_000, sessions: 5_000, pages: 700 };
/** Seconds between two orders, two jobs, two events. */
export const step = { order: 600, job: 600, event: 400 };
export const cities = [
  'Aachen',
  'Bergen',
  'Cork',
  'Delft',
  'Essen',
  'Faro',
  'Gent',
  'Hull',
] as const;
const states = ['paid', 'shipped', 'returned', 'lost'] as const;
const words = ['soft', 'loud', 'green', 'broken', 'late', 'cheap', 'sturdy', 'small'] as const;

export const view =
  'CREATE VIEW recent_orders AS SELECT o.id, o.customer_id, c.email, o.placed_at, o.total ' +
  'FROM orders o JOIN customers c ON c.id = o.customer_id';

export const tables = (d: Dialect): TableSpec[] => [
  people(d),
  products(d),
  orders(d),
  orderItems(d),
  reviews(d),
  ...small(d),
];

const people = (d: Dialect): TableSpec => ({
  name: 'customers',
  rows: size.customers,
  columns: {
    id: [`${d.types.int} NOT NULL`, 'n'],
    email: [
      `${d.types.text(60)} NOT NULL`,
      d.concat("'User'", d.pad('n', 6), "'@'", d.pick(cities, d.mix(8, 1)), "'.example'"),
    ],
    name: [`${d.types.text(60)} NOT NULL`, d.concat("'Customer '", d.md5(d.string('n')))],
    city: [d.types.text(20), d.pick(cities, d.skewed(8, 2))],
    joined_at: [`${d.types.time} NOT NULL`, d.after(base, 'n * 2000')],
    newsletter: [d.types.int, `CASE WHEN ${d.mix(3, 3)} = 0 THEN NULL ELSE ${d.mix(2, 4)} END`],
  },
  constraints: ['PRIMARY KEY (id)'],
  indexes: [
    { name: 'customers_email', on: 'email', unique: true },
    ...(d.postgres ? [{ name: 'customers_lower_email', on: 'lower(email)' }] : []),
    { name: 'customers_joined', on: 'joined_at' },
  ],
});

const products = (d: Dialect): TableSpec => ({
  name: 'products',
  rows: size.products,
  columns: {
    id: [`${d.types.int} NOT NULL`, 'n'],
    title: [`${d.types.text(60)} NOT NULL`, d.concat("'Product '", d.string('n'))],
    category_id: [`${d.types.int} NOT NULL`, `1 + ${d.skewed(20, 5)}`],
    price: [`${d.types.money} NOT NULL`, `1 + ${d.mix(20_000, 6)} / 100.0`],
  },
  constraints: ['PRIMARY KEY (id)'],
  indexes: [{ name: 'products_category', on: 'category_id' }],
});

const orders = (d: Dialect): TableSpec => ({
  name: 'orders',
  rows: size.orders,
  columns: {
    id: [`${d.types.int} NOT NULL`, 'n'],
    customer_id: [`${d.types.int} NOT NULL`, `1 + ${d.skewed(size.customers - 2_000, 7, 1.5)}`],
    placed_at: [`${d.types.time} NOT NULL`, d.after(base, `n * ${step.order}`)],
    state: [
      `${d.types.text(12)} NOT NULL`,
      `CASE WHEN ${d.mix(200, 8)} = 0 THEN 'disputed' ELSE ` +
        `${d.pick(states, d.skewed(4, 9, 4))} END`,
    ],
    channel: [`${d.types.int} NOT NULL`, d.mix(20, 10)],
    clerk: [`${d.types.int} NOT NULL`, d.mix(400, 11)],
    total: [`${d.types.money} NOT NULL`, `${d.skewed(90_000, 12, 3)} / 100.0`],
    code: [`${d.types.text(16)} NOT NULL`, d.concat("'S-'", d.pad('n', 7))],
    coupon: [
      d.types.text(20),
      `CASE WHEN ${d.mix(100, 13)} < 3 THEN ${d.concat("'SAVE'", d.mix(500, 14))} END`,
    ],
    brand: [`${d.types.int} NOT NULL`, `floor(${d.mix(40, 15)} / 2)`],
    model: [`${d.types.int} NOT NULL`, d.mix(40, 15)],
    memo: [d.types.text(80), d.concat("'left at door '", d.md5(d.string('n')))],
  },
  constraints: ['PRIMARY KEY (id)'],
  indexes: [
    { name: 'orders_customer', on: 'customer_id' },
    { name: 'orders_placed', on: 'placed_at' },
    { name: 'orders_code', on: 'code', unique: true },
    { name: 'orders_channel_clerk', on: 'channel, clerk' },
    { name: 'orders_clerk_placed', on: 'clerk, placed_at' },
    { name: 'orders_coupon', on: 'coupon' },
    d.postgres
      ? { name: 'orders_disputed', on: 'placed_at', where: "state = 'disputed'" }
      : { name: 'orders_disputed', on: 'state, placed_at' },
  ],
  foreign: [{ columns: 'customer_id', references: 'customers (id)' }],
  statistics: { name: 'orders_brand_model', on: 'brand, model' },
});

const orderItems = (d: Dialect): TableSpec => ({
  name: 'order_items',
  rows: size.items,
  columns: {
    id: [`${d.types.big} NOT NULL`, 'n'],
    order_id: [`${d.types.int} NOT NULL`, `1 + ${d.mix(size.orders, 20)}`],
    product_id: [`${d.types.int} NOT NULL`, `1 + ${d.skewed(size.products, 21)}`],
    quantity: [`${d.types.int} NOT NULL`, `1 + ${d.skewed(9, 22, 3)}`],
    price: [`${d.types.money} NOT NULL`, `1 + ${d.mix(20_000, 23)} / 100.0`],
  },
  constraints: ['PRIMARY KEY (id)'],
  indexes: [
    { name: 'order_items_order', on: 'order_id' },
    { name: 'order_items_product', on: 'product_id' },
  ],
  foreign: [{ columns: 'order_id', references: 'orders (id)' }],
});

const reviews = (d: Dialect): TableSpec => ({
  name: 'reviews',
  rows: docs.reviews,
  columns: {
    id: [`${d.types.int} NOT NULL`, 'n'],
    product_id: [`${d.types.int} NOT NULL`, `1 + ${d.skewed(size.products, 30)}`],
    details: [
      `${d.types.json} NOT NULL`,
      d.json({
        device: d.concat("'d'", d.string(d.mix(2_000, 31))),
        stars: `1 + ${d.mix(5, 32)}`,
        lang: d.pick(['de', 'en', 'nl'], d.skewed(3, 33)),
      }),
    ],
    tags: [
      d.types.tags,
      d.tags(
        d.concat("'t'", d.string(d.mix(300, 34))),
        d.concat("'u'", d.string(d.skewed(100, 35))),
      ),
    ],
    body: [
      d.types.long,
      d.concat(
        d.pick(words, d.mix(8, 36)),
        "' and '",
        d.pick(words, d.mix(8, 37)),
        "' ref'",
        d.pad(d.mix(900, 38), 4),
        "' by someone'",
      ),
    ],
  },
  ...(d.postgres
    ? {}
    : { generated: { device: "varchar(20) AS (json_value(details, '$.device')) VIRTUAL" } }),
  constraints: ['PRIMARY KEY (id)'],
  indexes: d.postgres
    ? [
        { name: 'reviews_details', on: 'details', method: 'gin' },
        { name: 'reviews_tags', on: 'tags', method: 'gin' },
        { name: 'reviews_body', on: 'body gin_trgm_ops', method: 'gin' },
        { name: 'reviews_device', on: "(details ->> 'device')" },
      ]
    : [
        { name: 'reviews_body', on: 'body', method: 'FULLTEXT' },
        { name: 'reviews_device', on: 'device' },
      ],
});

const small = (d: Dialect): TableSpec[] => [
  {
    name: 'jobs',
    rows: docs.jobs,
    columns: {
      id: [`${d.types.int} NOT NULL`, 'n'],
      state: [`${d.types.text(10)} NOT NULL`, `CASE WHEN n > 19900 THEN 'ready' ELSE 'done' END`],
      run_at: [`${d.types.time} NOT NULL`, d.after(base, `n * ${step.job}`)],
      order_id: [`${d.types.int} NOT NULL`, `1 + ${d.mix(size.orders, 40)}`],
      attempts: [`${d.types.int} NOT NULL`, d.skewed(5, 41, 4)],
      payload: [d.types.text(80), d.md5(d.string('n'))],
    },
    constraints: ['PRIMARY KEY (id)'],
    indexes: [
      d.postgres
        ? { name: 'jobs_ready', on: 'run_at', where: "state = 'ready'" }
        : { name: 'jobs_ready', on: 'state, run_at' },
    ],
  },
  {
    name: 'events',
    rows: docs.events,
    columns: {
      id: [`${d.types.big} NOT NULL`, 'n'],
      at: [`${d.types.time} NOT NULL`, d.after(base, `n * ${step.event}`)],
      source: [`${d.types.int} NOT NULL`, d.mix(300, 42)],
      level: [`${d.types.text(8)} NOT NULL`, d.pick(['info', 'warn', 'error'], d.skewed(3, 43, 4))],
      message: [d.types.text(80), d.concat("'did '", d.md5(d.string('n')))],
    },
    constraints: ['PRIMARY KEY (id, at)'],
    indexes: [{ name: 'events_source', on: 'source, at' }],
    partition: {
      column: 'at',
      bounds: [26, 52, 78, 104, 130, 156, 182].map((day) => moment(base, day)),
    },
  },
  {
    name: 'sessions',
    rows: docs.sessions,
    columns: {
      token: [`${d.types.text(32)} NOT NULL`, d.md5(d.concat("'s'", d.string('n')))],
      customer_id: [`${d.types.int} NOT NULL`, `1 + ${d.mix(4_000, 44)}`],
      seen_at: [`${d.types.time} NOT NULL`, d.after(base, 'n * 60')],
      agent: [d.types.text(60), d.concat("'browser '", d.md5(d.string('n + 1')))],
    },
    constraints: ['PRIMARY KEY (token)'],
    indexes: [
      { name: 'sessions_customer', on: 'customer_id' },
      { name: 'sessions_seen', on: 'seen_at' },
    ],
  },
  {
    name: 'pages',
    rows: docs.pages,
    columns: {
      id: [`${d.types.int} NOT NULL`, 'n'],
      title: [`${d.types.text(60)} NOT NULL`, d.concat("'Page '", d.string('n'))],
      section: [`${d.types.int} NOT NULL`, d.mix(20, 45)],
      html: [d.types.long, d.digits(150)],
      draft: [d.types.long, d.digits(100)],
    },
    constraints: ['PRIMARY KEY (id)'],
    indexes: [{ name: 'pages_section', on: 'section' }],
  },
  {
    name: 'categories',
    rows: 20,
    columns: {
      id: [`${d.types.int} NOT NULL`, 'n'],
      label: [`${d.types.text(30)} NOT NULL`, d.concat("'Category '", d.string('n'))],
    },
    constraints: ['PRIMARY KEY (id)'],
  },
];
