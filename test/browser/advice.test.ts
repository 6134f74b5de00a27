import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adviceAnswers } from './advice-data.ts';
import { seriousFaults } from './axe.ts';
import { noIndexes, targetAnswers } from './index-data.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/** Advice in a real browser, over a server that answers as the program does. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const views = [
  { width: 1_440, height: 900, theme: 'light' },
  { width: 1_440, height: 900, theme: 'dark' },
  { width: 360, height: 740, theme: 'dark' },
  { width: 3_840, height: 2_000, theme: 'light' },
] as const;
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

test.each(views)('at $width px, $theme: from the list to the proof, by keyboard', async (view) => {
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...(await adviceAnswers(Date.now())),
  });
  const { context, page, faults } = await stage.open(server, '/ui/advice', view);
  await page
    .getByRole('heading', { level: 1, name: /^3 proposals\. .*about 2\.3 h a day/ })
    .waitFor();
  expect(await page.getByText('rejected').count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await wide(page)).toBeLessThanOrEqual(view.width);
  await page.getByRole('row').nth(1).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /^index on orders/ }).waitFor();
  await page.getByText('8,215 → 24.5, 335 times less').waitFor();
  await page.locator('dbintel-plan .answer').waitFor();
  await page.getByText(/^CREATE INDEX CONCURRENTLY/).waitFor();
  await page.getByText(/^DROP INDEX CONCURRENTLY/).waitFor();
  await page.getByText(/^kubectl dbintel approve adv-5fa1c85fa1c8 -n shop --hash/).waitFor();
  expect(await page.getByRole('button', { name: /approve/i }).count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await wide(page)).toBeLessThanOrEqual(view.width);
  expect(faults).toEqual([]);
  await context.close();
});

test('without a cluster it is approved where it is read, after a second word', async () => {
  const now = Date.now();
  const answers = await adviceAnswers(now);
  const [path = ''] = Object.keys(answers).filter((each) => /^advice\/[^/]+$/.test(each));
  let state: object = { id: 'adv-5fa1c85fa1c8', phase: 'Proposed', since: now };
  const proposal = () => ({
    ...answers[path]?.(new URLSearchParams(), {}),
    mayApprove: true,
    state,
  });
  let said: unknown;
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...answers,
    replicas: () => ({ now, items: [{ id: 'a', pod: 'a', session: 'alone' }] }),
    [path]: proposal,
    [`${path}/approval`]: (_, body) => {
      said = body;
      state = { id: 'adv-5fa1c85fa1c8', phase: 'Approved', since: now, by: 'eva' };
      return proposal();
    },
  });
  const { context, page, faults } = await stage.open(server, `/ui/${path}`);
  for (const name of ['Approve…', 'Reject…']) {
    const button = page.getByRole('button', { name });
    // One word: a double click, and Enter that is held.
    await button.dblclick();
    await button.focus();
    for (let held = 0; held < 5; held += 1) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await page.getByRole('button', { name: 'Cancel' }).click();
  }
  expect(said).toBeUndefined();
  await page.getByRole('button', { name: 'Approve…' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Yes, approve exactly this' }).click();
  await page.getByText('dbintel apply adv-5fa1c85fa1c8 --credentials FOLDER').waitFor();
  expect(said).toMatchObject({
    decision: 'Approve',
    contentHash: expect.stringMatching(/^sha256:/),
  });
  expect(await page.getByRole('button', { name: 'Approve…' }).count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  if (process.env['SHOTS'])
    await page.screenshot({ path: `${process.env['SHOTS']}-approved.png`, fullPage: true });
  expect(faults).toEqual([]);
  await context.close();
});

test('what became another proposal before the word came is not approved, and says so', async () => {
  const answers = await adviceAnswers(Date.now());
  const [path = ''] = Object.keys(answers).filter((each) => /^advice\/[^/]+$/.test(each));
  let change: object = {};
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...answers,
    replicas: () => ({ now: Date.now(), items: [{ id: 'a', pod: 'a', session: 'alone' }] }),
    [path]: () => ({ ...answers[path]?.(new URLSearchParams(), {}), mayApprove: true, ...change }),
  });
  const body = { error: 'verdict_refused', message: 'it has another content by now' };
  server.lie(`${path}/approval`, { kind: 'status', status: 409, body });
  const { context, page } = await stage.open(server, `/ui/${path}`);
  await page.getByRole('button', { name: 'Approve…' }).click();
  change = { contentHash: `sha256:${'c'.repeat(64)}` };
  await page.getByRole('button', { name: 'Yes, approve exactly this' }).click();
  await page.getByText(`sha256:${'c'.repeat(64)}`, { exact: true }).waitFor();
  await page.getByRole('alert').getByText('it has another content by now').waitFor();
  // The word is asked for anew: what stands here now is another thing.
  expect(await page.getByRole('button', { name: 'Yes, approve exactly this' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Approve…' }).waitFor();
  await context.close();
});

test.each([
  [
    'adv-77c01e77c01e',
    /^drop orders_status_idx/,
    /^kubectl dbintel approve/,
    'read from the catalog',
  ],
  ['adv-57a757a757a7', /^statistics on addresses/, /^This is run by you/, 'CREATE STATISTICS'],
  ['adv-2e1e5ac0ffee', /^index on orders/, /^kubectl dbintel approve/, 'no planner was asked'],
  ['adv-0b5e0b5e0b5e', /^index on orders/, /^What ran/, 'was to save'],
])('%s: says what it is, on what it stands, and what comes next', async (id, title, next, also) => {
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...(await adviceAnswers(Date.now())),
  });
  for (const view of [views[0], views[2]]) {
    const { context, page } = await stage.open(server, `/ui/advice/${id}`, view);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.getByText(next).first().waitFor();
    await page.getByText(also).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await wide(page)).toBeLessThanOrEqual(view.width);
    if (process.env['SHOTS'])
      await page.screenshot({
        path: `${process.env['SHOTS']}-${id}-${view.width}.png`,
        fullPage: true,
      });
    await context.close();
  }
});

test.each([
  ['alone', /^dbintel approve adv-5fa1c85fa1c8 --hash sha256:\w+ --again$/],
  ['live', /^kubectl delete indexapproval adv-5fa1c85fa1c8 adv-5fa1c85fa1c8-approve /],
])('what was taken back says how it may be had once more: %s', async (session, command) => {
  const now = Date.now();
  const answers = await adviceAnswers(now);
  const [path = ''] = Object.keys(answers).filter((each) => /^advice\/[^/]+$/.test(each));
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...answers,
    replicas: () => ({ now, items: [{ id: 'a', pod: 'a', session }] }),
    [path]: () => ({
      ...answers[path]?.(new URLSearchParams(), {}),
      state: { id: 'adv-5fa1c85fa1c8', phase: 'RolledBack', since: now, outcome: 'slower' },
    }),
  });
  for (const view of [views[0], views[2]]) {
    const { context, page } = await stage.open(server, `/ui/${path}`, view);
    await page.getByRole('heading', { level: 2, name: 'To have it once more' }).waitFor();
    await page.getByText(command).scrollIntoViewIfNeeded();
    expect(await page.getByRole('button', { name: 'Approve…' }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await wide(page)).toBeLessThanOrEqual(view.width);
    if (process.env['SHOTS'])
      await page.screenshot({
        path: `${process.env['SHOTS']}-again-${session}-${view.width}.png`,
      });
    await context.close();
  }
});

test.each(views)(
  'at $width px, $theme: of a target, also what nothing is said of',
  async (view) => {
    await using server = await stage.serve({
      ...recordedAnswers(60),
      ...(await adviceAnswers(Date.now())),
      ...targetAnswers(noIndexes('propose')),
    });
    const at = '/ui/t/shop/orders#/advice';
    const { context, page, faults } = await stage.open(server, at, view);
    const list = page.getByRole('list', { name: 'what nothing is said of' });
    await list.getByText(/public\.events: no index is advised, its partitions have/).waitFor();
    expect(await list.getByRole('listitem').count()).toBe(3);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await wide(page)).toBeLessThanOrEqual(view.width);
    if (process.env['SHOTS'])
      await page.screenshot({ path: `${process.env['SHOTS']}-${view.width}-${view.theme}.png` });
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByText(/^Looked at/).innerText()).toContain('no_sample');
    expect(faults).toEqual([]);
    await context.close();
  },
);

/** One piece of advice whose statement is this one. */
async function serveAdviceOf(statement: string) {
  const answers = await adviceAnswers(Date.now());
  return stage.serve({
    ...recordedAnswers(60),
    ...answers,
    'advice/adv-77c01e77c01e': (params, body) => ({
      ...answers['advice/adv-77c01e77c01e']?.(params, body),
      apply: [statement],
      reason: statement,
    }),
  });
}

test('what would run is read as it stands, whatever signs its names have', async () => {
  await using server = await serveAdviceOf(
    'DROP INDEX CONCURRENTLY "orders\u202exdi_yekp\u202c" "us\u200bers"',
  );
  const { context, page, faults } = await stage.open(server, '/ui/advice/adv-77c01e77c01e');
  await page.getByText('"orders\\u202exdi_yekp\\u202c"').first().waitFor();
  await page.getByText('"us\\u200bers"').first().waitFor();
  expect(await page.content()).not.toMatch(/[\u200B\u202A-\u202E\u2066-\u2069]/);
  expect(faults).toEqual([]);
  await context.close();
});

test('names from right to left stand in the order that the server reads', async () => {
  const statement = 'CREATE INDEX i ON "طلبات" ("حالة", "رقم");';
  await using server = await serveAdviceOf(statement);
  const { context, page, faults } = await stage.open(server, '/ui/advice/adv-77c01e77c01e');
  const shown = page.locator('pre', { hasText: statement });
  await shown.waitFor();
  const places = await shown.evaluate(
    (pre, words) => {
      const letters: [string, number][] = [];
      const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        for (let at = 0; at < (node.textContent ?? '').length; at += 1) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          letters.push([node.textContent?.[at] ?? '', range.getBoundingClientRect().x]);
        }
      const text = letters.map(([letter]) => letter).join('');
      return words.map((word) => {
        const at = text.indexOf(word);
        return Math.min(...letters.slice(at, at + word.length).map(([, x]) => x));
      });
    },
    ['i ON', 'طلبات', ' (', 'حالة', ', ', 'رقم', ');'],
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeLessThan(250);
  expect(faults).toEqual([]);
  await context.close();
});
