import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { missingRight } from '../../src/http/missing-right.ts';
import { seriousFaults } from './axe.ts';
import { pressInTurn } from './browser.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers, replicasAnswer } from './recorded.ts';

/** What to fix first, what one thinks of it, the emergency stop, and the help. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const rows = (page: Page) => page.getByRole('grid').locator('[role=row]');

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it.each([360, 1_440, 3_840])('at %d px pages are read by everybody', async (width) => {
    await using server = await stage.serve(recordedAnswers(400));
    const view = { theme, width, height: 1_000 };
    for (const path of ['/ui/findings', '/ui/help', '/ui/help?tab=codes', '/ui/help?tab=rules']) {
      const { context, page, faults } = await stage.open(server, path, view);
      await heading(page).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    }
  });
});

test('what saves most is said first, and a finding is judged by the keyboard alone', async () => {
  const answers = recordedAnswers(400);
  const given: unknown[] = [];
  await using server = await stage.serve(answers);
  const { context, page, faults } = await stage.open(server, '/ui/');
  await heading(page).waitFor();
  await pressInTurn(page, 'g', 'n');
  await expect.poll(() => heading(page).textContent()).toContain('Fix first: full-scan at');
  await rows(page).nth(1).focus();
  await page.keyboard.press('Enter');
  const detail = page.getByRole('complementary', { name: 'the finding' });
  await detail.waitFor();
  const { target, ...path } = await detail.evaluate((_, url) => {
    const [rule, fingerprint, target] = (new URL(url).searchParams.get('at') ?? '').split('@');
    return { rule, fingerprint, target };
  }, page.url());
  expect(target).toMatch(/^uid-/);
  const label = await detail.getByRole('link').nth(1).textContent();
  server.answers[`PUT targets/${label}/findings/${path.rule}/${path.fingerprint}/verdict`] = (
    _,
    body,
  ) => {
    given.push(body);
    const { kind, why } = body as { kind: string; why: string };
    const list = answers['findings'];
    server.answers['findings'] = (params) => {
      const told = list?.(params, undefined) as { items: { fingerprint: string }[] };
      const items = told.items.filter(({ fingerprint }) => fingerprint !== path.fingerprint);
      return { ...told, items };
    };
    return { ...path, kind, why, by: 'eva', at: Date.now(), declared: false };
  };
  await detail.getByRole('button', { name: 'Dismiss' }).focus();
  await page.keyboard.press('Enter');
  await detail.getByLabel('Why').focus();
  await page.keyboard.type('the table is small');
  await page.keyboard.press('Enter');
  await expect.poll(() => given).toEqual([{ kind: 'dismissed', why: 'the table is small' }]);
  // It has left the list; what was said of it is seen, and can be taken back.
  await detail.getByText(/dismissed by eva, .*: the table is small/).waitFor();
  await detail.getByRole('button', { name: 'Take it back' }).waitFor();
  await page.reload();
  await page.getByText(/finding of this address is not in this list/).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

describe('the emergency stop', () => {
  const stop = (more: object = {}) => ({
    id: 's1',
    scope: { all: true },
    reason: 'incident 4711',
    since: Date.now(),
    ...more,
  });

  test('says what it will do, waits for every replica, and is lifted', async () => {
    const answers = recordedAnswers(400);
    const state = { asked: false, done: false };
    const lifted: unknown[] = [];
    await using server = await stage.serve({
      ...answers,
      stops: () => ({ items: state.asked && !lifted.length ? [stop()] : [] }),
      'POST stop': (params) => {
        if (params.get('dryRun')) {
          const namespaces = { shop: 300, bank: 100 };
          return { dryRun: true, targets: 400, running: 31, namespaces, names: ['shop/orders'] };
        }
        state.asked = true;
        return stop();
      },
      'stops/s1': () => ({
        ...stop(),
        covered: 400,
        replicas: ['a', 'b'].map((pod) => ({
          pod,
          confirmed: state.done || pod === 'a',
          cancelled: 3,
          stillRunning: 0,
        })),
        confirmed: state.done ? ['a', 'b'] : ['a'],
        waiting: state.done ? [] : ['b'],
        cancelled: 6,
        stillRunning: 0,
        done: state.done,
      }),
      'POST resume': (_, body) => {
        lifted.push(body);
        return { lifted: [] };
      },
    });
    const { context, page, faults } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('31 cycles that run now will be cancelled').waitFor();
    await dialog.getByRole('button', { name: 'Stop 400 targets' }).waitFor();
    await dialog.getByText('400 targets in 2 namespaces: shop 300, bank 100').click();
    await dialog.getByText('shop/orders').waitFor();
    await dialog.getByRole('textbox', { name: 'Reason' }).focus();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.type('incident 4711');
    await page.keyboard.press('Enter');
    await dialog.getByText(/; not by b[;.]/).waitFor();
    expect(await dialog.getByText(/^Stopped/).count()).toBe(0);
    await expect
      .poll(() => page.getByRole('alert').textContent())
      .toContain('Stopped: everything.');
    state.done = true;
    await dialog.getByText('Stopped, confirmed by 2 of 2 replicas, 6 cycles cancelled.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => lifted).toEqual([{ id: 's1' }]);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await context.close();
  });

  test('of those that are selected, and not for who may not', async () => {
    const answers = recordedAnswers(60);
    const asked: unknown[] = [];
    await using server = await stage.serve({
      ...answers,
      'POST stop': (_, body) => {
        asked.push(body);
        return { dryRun: true, targets: 1, running: 0, namespaces: { shop: 1 }, names: [] };
      },
    });
    const { context, page } = await stage.open(server, '/ui/?q=ledger-13');
    await rows(page).nth(1).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Stop these…' }).click();
    await expect
      .poll(() => JSON.stringify(asked[0]))
      .toMatch(/"scope":\{"targets":\["\w+\/ledger-13"\]\}/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    server.answers['session'] = () => ({
      ...answers['session']?.(new URLSearchParams(), 0),
      mayStop: false,
      missing: [missingRight({ user: 'eva', right: 'stop', cluster: true })],
    });
    await page.reload();
    await heading(page).waitFor();
    await page.keyboard.press('Shift+S');
    await page.getByText('create emergencystops').waitFor();
    await context.close();
  });

  test('takes the namespace that is typed in full, and not one that has it in it', async () => {
    const answers = recordedAnswers(60);
    const asked: unknown[] = [];
    await using server = await stage.serve({
      ...answers,
      fleet: (params, body) => {
        const told = answers['fleet']?.(params, body) as { counts: object };
        return { ...told, counts: { ...told.counts, namespaces: { 'bank-shop': 3, shop: 2 } } };
      },
      'POST stop': (_, body) => {
        asked.push((body as { scope: unknown }).scope);
        return { dryRun: true, targets: 2, running: 0, namespaces: { shop: 2 }, names: [] };
      },
    });
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'one namespace' }).check();
    const field = dialog.getByRole('combobox', { name: 'namespace' });
    for (const leave of ['Enter', 'Tab']) {
      await field.fill('shop');
      await field.press(leave);
      expect(await field.inputValue()).toBe('shop');
    }
    await expect.poll(() => asked.at(-1)).toEqual({ namespaces: ['shop'] });
    await context.close();
  });

  test('stays within its form, however long the command that does the same', async () => {
    const data = `/srv/${'a-long-folder/'.repeat(9)}data`;
    await using server = await stage.serve({
      ...recordedAnswers(60),
      replicas: () => {
        const { items, ...rest } = replicasAnswer(60);
        const [one] = items;
        return { ...rest, items: [{ ...one, session: 'alone', folders: { data } }] };
      },
      'POST stop': () => ({
        dryRun: true,
        targets: 60,
        running: 0,
        namespaces: { shop: 60 },
        names: [],
      }),
    });
    for (const width of [1_280, 375]) {
      const { context, page } = await stage.open(server, '/ui/', { width });
      await heading(page).waitFor();
      await page.keyboard.press('Shift+S');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Stop 60 targets' }).waitFor();
      await dialog.getByText(data).waitFor();
      expect(await dialog.evaluate((each) => each.scrollWidth - each.clientWidth)).toBe(0);
      await context.close();
    }
  });

  test('is not denied where nobody knows, and is over where somebody lifted it', async () => {
    const state = { kept: true };
    const told = { ...stop(), covered: 60, confirmed: ['a'], waiting: [], cancelled: 0 };
    const replica = { pod: 'a', confirmed: true, cancelled: 0, stillRunning: 0 };
    await using server = await stage.serve({
      ...recordedAnswers(60),
      stops: () => ({ items: state.kept ? [stop()] : [] }),
      'POST stop': (params) =>
        params.get('dryRun')
          ? { dryRun: true, targets: 60, running: 0, namespaces: { shop: 60 }, names: [] }
          : stop(),
      'stops/s1': () => ({ ...told, stillRunning: 0, replicas: [replica], done: true }),
    });
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Stop 60 targets' }).waitFor();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('incident 4711');
    server.lie('stop', { kind: 'reset' });
    await page.keyboard.press('Enter');
    await dialog.getByText('Whether it is stopped is not known.').waitFor();
    server.lie('stop', undefined);
    await page.keyboard.press('Enter');
    await dialog.getByText('Stopped, confirmed by 1 of 1 replica').waitFor();
    state.kept = false;
    const gone = { error: 'not_found', message: 'there is no stop s1 in force' };
    server.lie('stops/s1', { kind: 'status', status: 404, body: gone });
    await dialog.getByText('It has been lifted.').waitFor();
    expect(await dialog.getByText(/^Stopped/).count()).toBe(0);
    await context.close();
  });
});
