import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adviceAnswers } from './advice-data.ts';
import { seriousFaults } from './axe.ts';
import { pressInTurn } from './browser.ts';
import { indexesAnswer, targetAnswers } from './index-data.ts';
import { type PagesStage, startPages } from './pages.ts';
import { everything, recordedAnswers } from './recorded.ts';

/** For whoever hears the pages, and goes by keys: where one is, and what became of what one did. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** What has the focus, as it is called. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    return `${at?.localName} ${at?.getAttribute('aria-label') ?? at?.textContent?.slice(0, 30)}`;
  });
const told = (page: Page, words: string) =>
  page.getByRole('status').getByText(words, { exact: true }).waitFor({ state: 'attached' });

test('a page that one goes to has the focus and a name, and keys scroll it', async () => {
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...targetAnswers(indexesAnswer(Date.now(), false)),
  });
  const { context, page, faults } = await stage.open(server, '/ui/', { height: 400 });
  await page.getByRole('row').nth(1).waitFor();
  await pressInTurn(page, 'g', 'h');
  await expect.poll(() => focused(page)).toBe('main Help · dbintel');
  await page.getByRole('tab', { name: 'Rules' }).click();
  await page.getByRole('link', { name: 'Findings' }).press('Enter');
  await expect.poll(() => focused(page)).toBe('main Findings · dbintel');
  await page.goBack();
  await expect.poll(() => focused(page)).toBe('main Help · dbintel');
  await page.getByRole('region', { name: 'rules' }).waitFor();
  await page.keyboard.press('PageDown');
  await expect
    .poll(() => page.getByRole('main').evaluate(({ scrollTop }) => scrollTop))
    .toBeGreaterThan(100);
  await pressInTurn(page, 'g', 'f');
  await page.getByRole('row').nth(1).press('Enter');
  await expect.poll(() => focused(page)).toMatch(/^main \w+\/[\w-]+ · dbintel$/);
  expect(faults.filter((each) => !each.includes('404'))).toEqual([]);
  await context.close();
});

test('what one has done is said, and the focus stays near where it was done', async () => {
  const now = Date.now();
  const answers = await adviceAnswers(now);
  const [path = ''] = Object.keys(answers).filter((each) => /^advice\/[^/]+$/.test(each));
  let phase = 'Proposed';
  const proposal = () => ({
    ...answers[path]?.(new URLSearchParams(), {}),
    mayApprove: true,
    state: { id: 'adv-5fa1c85fa1c8', phase, since: now },
  });
  let stops = [{ id: 's1', scope: { all: true }, reason: 'incident', since: now, by: 'api' }];
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...answers,
    replicas: () => ({ now, items: [{ id: 'a', pod: 'a', session: 'alone' }] }),
    [path]: proposal,
    [`${path}/approval`]: () => {
      phase = 'Approved';
      return proposal();
    },
    stops: () => ({ items: stops }),
    'stops/s1': () => ({
      covered: 1,
      replicas: [],
      confirmed: [],
      waiting: [],
      cancelled: 0,
      stillRunning: 0,
      done: true,
    }),
    'POST resume': () => {
      stops = [];
      return { lifted: 1 };
    },
  });
  const { context, page } = await stage.open(server, `/ui/${path}`);
  const press = (name: string) => page.getByRole('button', { name }).press('Enter');
  await press('Approve…');
  await press('Cancel');
  await expect.poll(() => focused(page)).toMatch(/^section To approve it/);
  await press('Approve…');
  await press('Yes, approve exactly this');
  await told(page, 'It is approved.');
  await expect.poll(() => focused(page)).toMatch(/^(section|main)/);
  await page.goto(`${server.origin}/ui/stops`);
  await press('Resume');
  await page.getByRole('heading', { name: 'Nothing is stopped' }).waitFor();
  await told(page, 'The stop is lifted.');
  await expect.poll(() => focused(page)).toBe('main Stops · dbintel');
  await context.close();
});

test('where nothing has been looked at, nothing is said to be well', async () => {
  const name = `${'n'.repeat(49)}.`.repeat(5).slice(0, 253);
  const recorded = recordedAnswers(0);
  await using server = await stage.serve({
    ...recorded,
    findings: () => ({ items: [], total: 0, counts: [] }),
    [`targets/shop/${name}`]: () => ({ namespace: 'shop', name, uid: 'u', engine: 'postgres' }),
    [`targets/shop/${name}/findings`]: () => ({ items: [] }),
    [`targets/shop/${name}/cycles`]: () => ({ items: [] }),
  });
  for (const width of [320, 1_440]) {
    const { context, page } = await stage.open(server, '/ui/findings', { width });
    await page.getByRole('heading', { name: 'Nothing is known yet.' }).waitFor();
    await page.getByRole('link', { name: 'The fleet' }).waitFor();
    await page.goto(`${server.origin}/ui/t/shop/${name}#/findings`);
    await page.getByRole('heading', { name: 'No plan yet' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Findings' }).innerText()).toBe('Findings');
    const title = page.getByRole('heading', { level: 1 });
    expect(await title.evaluate((each) => each.getBoundingClientRect().right)).toBeLessThan(width);
    await page.goto(`${server.origin}/ui/nowhere`);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await context.close();
  }
});

test('a stop that comes after the session has ended is said not to be one', async () => {
  await using server = await stage.serve({
    ...recordedAnswers(60),
    'POST stop': () => ({
      dryRun: true,
      targets: 60,
      running: 3,
      namespaces: { shop: 60 },
      names: [],
    }),
    'POST session': () => everything,
  });
  const { context, page } = await stage.open(server, '/ui/');
  await page.getByRole('row').nth(1).waitFor();
  await page.keyboard.press('Shift+S');
  await page.getByRole('textbox', { name: 'Reason' }).fill('incident 4711');
  await page.getByRole('button', { name: 'Stop 60 targets' }).waitFor();
  const ended = ['stop', 'stops', 'session', 'fleet', 'replicas', 'findings'];
  const body = { error: 'unauthorised', message: 'a token is wanted' };
  for (const each of ended) server.lie(each, { kind: 'status', status: 401, body });
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('It was not done.').waitFor();
  for (const each of ended) server.lie(each, undefined);
  await page.getByLabel('Token').fill('a token');
  await page.keyboard.press('Enter');
  await page.getByRole('row').nth(1).waitFor();
  // What was said is over, also for the next session that ends.
  server.lie('session', { kind: 'status', status: 401, body });
  server.lie('stops', { kind: 'status', status: 401, body });
  await page.goto(`${server.origin}/ui/stops`);
  await page.getByLabel('Token').waitFor();
  expect(await page.getByText('It was not done.').count()).toBe(0);
  await context.close();
});

test('how many there are is a word of its own', async () => {
  const answers = targetAnswers(indexesAnswer(Date.now(), false));
  const one = answers['targets/shop/orders']?.(new URLSearchParams(), {});
  const prerequisites = [{ name: 'tls', verdict: 'warning', observed: 'not encrypted' }];
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...answers,
    'targets/shop/orders': () => ({ ...one, status: { prerequisites, plans: 1 } }),
  });
  const { context, page } = await stage.open(server, '/ui/t/shop/orders');
  await page.getByRole('tab', { name: 'Prerequisites 1', exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Findings 0', exact: true }).waitFor();
  await context.close();
});

test.each(['light', 'dark'] as const)(
  '%s: what cannot be pressed, and what a field asks for, can be read',
  async (theme) => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/validate', { theme });
    await page.getByRole('button', { name: 'Connect and check' }).waitFor();
    const faint = await page.evaluate(() => {
      const parts = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
      const light = (colour: string) => {
        const [r = 0, g = 0, b = 0] = parts(colour).map((part) =>
          part <= 10.31475 ? part / 3_294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
      };
      const paperOf = (at: Element): string => {
        const { backgroundColor } = getComputedStyle(at);
        const seen = parts(backgroundColor)[3] !== 0;
        return seen || !at.parentElement ? backgroundColor : paperOf(at.parentElement);
      };
      const contrast = (at: Element, part?: string) => {
        const [ink, paper] = [light(getComputedStyle(at, part).color), light(paperOf(at))];
        return [at.outerHTML, Math.max(ink, paper) / Math.min(ink, paper)] as const;
      };
      const buttons = [...document.querySelectorAll('button')];
      for (const each of buttons) each.disabled = true;
      const fields = [...document.querySelectorAll('[placeholder]')];
      return [
        ...buttons.map((each) => contrast(each)),
        ...fields.map((each) => contrast(each, '::placeholder')),
      ].filter(([, found]) => found < 4.5);
    });
    expect(faint).toEqual([]);
    await context.close();
  },
);

test('what is chosen is seen where somebody has colours of their own', async () => {
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...targetAnswers(indexesAnswer(Date.now(), false)),
  });
  const { context, page } = await stage.open(server, '/ui/t/shop/orders');
  await page.emulateMedia({ forcedColors: 'active' });
  const lines = (chosen: string) =>
    page.locator(`:is([aria-pressed], [aria-selected], nav a)${chosen}`).evaluateAll((all) =>
      all.map((each) => {
        const { outlineStyle, outlineColor } = getComputedStyle(each);
        return outlineStyle === 'none' ? outlineStyle : `${outlineStyle} ${outlineColor}`;
      }),
    );
  await page.getByRole('tab', { name: 'Queries' }).waitFor();
  const chosen = ':is([aria-pressed=true], [aria-selected=true], [aria-current=page])';
  expect(new Set(await lines(`:not(${chosen})`))).toEqual(new Set(['none']));
  const seen = await lines(chosen);
  expect(seen.length).toBeGreaterThanOrEqual(3);
  expect(seen.every((each) => each.startsWith('solid'))).toBe(true);
  await context.close();
});
