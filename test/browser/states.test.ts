import { spawnSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingRight } from '../../src/http/missing-right.ts';
import { seriousFaults } from './axe.ts';
import { pressInTurn } from './browser.ts';
import { indexesAnswer, targetAnswers } from './index-data.ts';
import type { Answers } from './lying-server.ts';
import { type PagesStage, startPages } from './pages.ts';
import { everything, recordedAnswers } from './recorded.ts';

/** What pages show when not all is well with the program, or with the way to it. */
let stage: PagesStage;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage[Symbol.asyncDispose]());

const lackingRead = (user: string) => missingRight({ user, right: 'read', cluster: true });
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const alert = (page: Page) => page.getByRole('alert');

describe('the program', () => {
  test.each([
    ['fails', { kind: 'status', status: 500 }, 'it failed'],
    ['sends half an answer', { kind: 'half' }, 'arrived damaged'],
    ['hangs up', { kind: 'reset' }, 'cannot be reached'],
  ] as const)('%s: it is said, with a way to try again', async (_, lie, words) => {
    await using server = await stage.serve(recordedAnswers(60));
    server.lie('fleet', lie);
    const { context, page } = await stage.open(server, '/ui/');
    await expect.poll(() => alert(page).textContent()).toContain(words);
    expect(await seriousFaults(page)).toEqual([]);
    server.lie('fleet', undefined);
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page).waitFor();
    await alert(page).waitFor({ state: 'detached' });
    await context.close();
  });

  test('fails later: what was known stays, and is said to be old', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    server.lie('fleet', {
      kind: 'status',
      status: 503,
      body: { error: 'cluster_failed', message: 'the API server is away' },
    });
    await page.getByRole('columnheader', { name: 'Target' }).getByRole('button').click();
    await expect.poll(() => alert(page).textContent()).toContain('cluster_failed');
    expect(await page.getByRole('grid').count()).toBe(1);
    await context.close();
  });

  test('does not answer: rows are drawn where rows will be, after a moment', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    server.lie('fleet', { kind: 'hang' });
    const { context, page } = await stage.open(server, '/ui/');
    const waiting = page.getByRole('status', { name: 'loading the fleet' });
    await expect.poll(() => waiting.locator('span').count()).toBeGreaterThan(5);
    await context.close();
  });

  test('lets nobody in without a session; a token opens the door', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    server.answers['POST session'] = () => {
      server.lie('session', undefined);
      return everything;
    };
    server.lie('session', { kind: 'status', status: 401 });
    const { context, page } = await stage.open(server, '/ui/?state=silent');
    await page.getByLabel('Token').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    server.lie('session', undefined);
    await page.keyboard.type('a-token');
    await page.keyboard.press('Enter');
    await heading(page).waitFor();
    expect(page.url()).toContain('state=silent');
    await context.close();
  });

  test('prints a token in an address: it is gone from there before anything is asked', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const tokens: unknown[] = [];
    server.answers['POST session'] = (_, body) => {
      tokens.push(body);
      return everything;
    };
    const { context, page, faults } = await stage.open(server, '/ui/?q=a#token=s3cret');
    await heading(page).waitFor();
    expect(tokens).toEqual([{ token: 's3cret' }]);
    expect(page.url()).toBe(`${server.origin}/ui/?q=a`);
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(
      's3cret',
    );
    expect(await page.content()).not.toContain('s3cret');
    expect(faults).toEqual([]);
    await context.close();
  });

  test('is linked to with a token by a page of somebody else: it is asked first', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const tokens: unknown[] = [];
    server.lie('session', { kind: 'status', status: 401 });
    server.answers['POST session'] = (params, body) => {
      if (!params.has('dryRun')) tokens.push(body);
      return { ...everything, user: 'mallory' };
    };
    const { context, page } = await stage.open(server, '/ui/icon.svg');
    await page.route('http://elsewhere.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a rel=noreferrer href="${server.origin}/ui/#token=theirs">look</a>`,
      }),
    );
    const follow = async () => {
      await page.goto('http://elsewhere.example/');
      await page.getByRole('link', { name: 'look' }).click();
      await page.getByRole('heading', { name: 'A link wants to sign you in' }).waitFor();
    };
    await follow();
    expect(page.url()).toBe(`${server.origin}/ui/`);
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByLabel('Token').waitFor();
    expect(tokens).toEqual([]);
    await follow();
    server.lie('session', undefined);
    await page.reload();
    await follow();
    await page.getByText('mallory').waitFor();
    await page.getByRole('button', { name: 'Sign in with the link' }).click();
    await page.getByRole('heading', { level: 1, name: /targets need/ }).waitFor();
    expect(tokens).toEqual([{ token: 'theirs' }]);
    await context.close();
  });

  test('is open already where the link is opened: it is asked, and no token stays', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const tokens: unknown[] = [];
    server.lie('session', { kind: 'status', status: 401 });
    const { context, page } = await stage.open(server, '/ui/?q=a');
    await page.getByLabel('Token').waitFor();
    server.answers['POST session'] = (params, body) => {
      if (!params.has('dryRun')) tokens.push(body);
      return everything;
    };
    server.lie('session', undefined);
    await page.goto(`${server.origin}/ui/?q=a#token=printed`);
    await page.getByRole('button', { name: 'Sign in with the link' }).click();
    await heading(page).waitFor();
    expect(tokens).toEqual([{ token: 'printed' }]);
    expect(page.url()).toBe(`${server.origin}/ui/?q=a`);
    await page.goto(`${server.origin}/ui/?q=a#token=another`);
    await page.getByRole('button', { name: 'Do not use it' }).click();
    await heading(page).waitFor();
    await page.goto(`${server.origin}/ui/?q=a#token=third`);
    await page.getByRole('button', { name: 'Sign in with the link' }).click();
    await heading(page).waitFor();
    expect(tokens).toEqual([{ token: 'printed' }, { token: 'third' }]);
    expect(page.url()).toBe(`${server.origin}/ui/?q=a`);
    await context.close();
  });

  test('lets one leave: what was seen is gone, and the door is there', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    server.answers['session'] = () => ({ ...everything, user: 'eva', expiresAt: Date.now() + 9e6 });
    server.answers['DELETE session'] = () => {
      server.lie('session', { kind: 'status', status: 401 });
      return {};
    };
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    await page.getByRole('button', { name: 'signed in as eva' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.content()).not.toContain('targets need');
    await context.close();
  });

  test.each([
    ['/ui/', [], 'You may not see any target', 'kubectl create clusterrole dbintel-read'],
    ['/ui/findings', [], 'You may not see any target', 'kubectl create clusterrole dbintel-read'],
    ['/ui/t/bank/ledger', ['shop'], 'You see nothing of the namespace bank', 'can-i get'],
  ])('lets one see nothing at %s: which right it takes, and how it is had', async (...of) => {
    const [path, mayRead, title, command] = of;
    await using server = await stage.serve(recordedAnswers(60));
    const user = 'eva@example.com';
    const missing = mayRead.length ? [] : [lackingRead(user)];
    server.answers['session'] = () => ({ ...everything, kind: 'user', user, mayRead, missing });
    const { context, page, faults } = await stage.open(server, path);
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByText('get databasetargets').first().waitFor();
    await page.getByText(command).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('sees no changes of targets: since when is said', async () => {
    const answers = recordedAnswers(60);
    await using server = await stage.serve({
      ...answers,
      replicas: (params, body) => ({
        ...answers['replicas']?.(params, body),
        watch: { state: 'away', ageMs: 190_000 },
      }),
    });
    const { context, page } = await stage.open(server, '/ui/');
    await page.getByText(/The API server does not answer.*as of 3 min ago/).waitFor();
    await page.getByText('API server away').waitFor();
    await context.close();
  });

  test('falls silent: amber after ten seconds, grey after thirty, as of when', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    const dot = page.getByRole('status').filter({ hasText: /live|quiet|as of|connecting/ });
    await expect.poll(() => dot.textContent()).toBe('live');
    server.stream(false);
    await expect.poll(() => dot.textContent(), { timeout: 25_000 }).toMatch(/quiet for 1\d s/);
    await expect.poll(() => dot.textContent(), { timeout: 40_000 }).toMatch(/as of \d\d:\d\d:\d\d/);
    await context.close();
  });

  test('has another clock: ages are told by it', async () => {
    const answers = recordedAnswers(60);
    const ahead = 3_600_000;
    await using server = await stage.serve({
      ...answers,
      stops: () => ({
        items: [
          {
            id: 's',
            scope: { all: true },
            reason: 'incident 4711',
            since: Date.now() + ahead - 90_000,
          },
        ],
      }),
    });
    server.skew(ahead);
    const { context, page } = await stage.open(server, '/ui/');
    await expect
      .poll(() => alert(page).textContent())
      .toMatch(/Stopped: everything\. incident 4711 · for 1 min/);
    expect(await seriousFaults(page)).toEqual([]);
    await context.close();
  });

  test('has a replica that is silent, or history that is away', async () => {
    const answers = recordedAnswers(60);
    await using server = await stage.serve({
      ...answers,
      replicas: (params, body) => {
        const told = answers['replicas']?.(params, body) as {
          items: { pod: string; seenAt: number }[];
        };
        for (const each of told.items) if (each.pod.endsWith('c')) each.seenAt -= 240_000;
        return { ...told, history: { state: 'away', shared: true, problem: 'it does not answer' } };
      },
    });
    const { context, page } = await stage.open(server, '/ui/');
    await expect.poll(() => page.getByText(/dbintel-6d9c-c does not answer/).count()).toBe(1);
    await page.getByText('history away').waitFor();
    await context.close();
  });

  test('has no target yet: three steps to the first', async () => {
    await using server = await stage.serve(recordedAnswers(0));
    const { context, page } = await stage.open(server, '/ui/');
    await page.getByRole('heading', { name: 'No target yet' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await context.close();
  });
});

test('an address that leads nowhere says so', async () => {
  await using server = await stage.serve(recordedAnswers(60));
  const { context, page } = await stage.open(server, '/ui/nowhere');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await context.close();
});

const manifests: Answers = {
  'schema/databasetarget': () => ({ type: 'object', properties: {} }),
  validate: () => ({ valid: true, mistakes: [], targets: ['shop/orders'] }),
  grants: () => ({ sql: 'CREATE ROLE dbintel' }),
};

test('a key that is typed into the manifest is written, and does nothing else', async () => {
  await using server = await stage.serve({ ...recordedAnswers(60), ...manifests });
  const { context, page } = await stage.open(server, '/ui/validate');
  const field = page.getByRole('textbox', { name: 'the manifest, as YAML' });
  await field.focus();
  await page.keyboard.press('Control+a');
  const theme = () => page.evaluate(() => document.documentElement.outerHTML.split('>', 1)[0]);
  const before = await theme();
  await page.keyboard.type('# order/data? g f g n drop');
  await page.keyboard.press('Shift+S');
  await page.keyboard.type('top');
  await expect.poll(() => field.innerText()).toContain('# order/data? g f g n dropStop');
  expect(page.url()).toContain('/ui/validate');
  const ring = () =>
    field.evaluate((each) => {
      const { host } = each.getRootNode() as ShadowRoot;
      return getComputedStyle(host).outlineStyle;
    });
  expect(await ring()).toBe('solid');
  // What keeps a key that leads on tells how it is left.
  await page.getByText('Esc, then Tab, leaves it').waitFor();
  // The first one closes what completes a word.
  for (const key of ['Escape', 'Escape', 'Tab']) await page.keyboard.press(key);
  expect(await field.evaluate((each) => each.matches(':focus'))).toBe(false);
  expect(await ring()).toBe('none');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await theme()).toBe(before);
  await context.close();
});

test('a manifest: nothing is no check, one mistake is one, a target comes once', async () => {
  await using server = await stage.serve({ ...recordedAnswers(60), ...manifests });
  const { context, page } = await stage.open(server, '/ui/validate');
  const field = page.getByRole('textbox', { name: 'the manifest, as YAML' });
  const panel = page.getByRole('region', { name: 'The manifest' });
  await panel.getByText('shop/orders').waitFor();
  server.answers['validate'] = () => ({
    valid: true,
    mistakes: [],
    targets: ['shop/orders', 'shop/orders'],
  });
  await field.focus();
  await page.keyboard.type('# ');
  await panel.getByText('shop/orders is in it more than once.').waitFor();
  const mistake = { line: 1, path: 'kind', message: 'none is said' };
  server.answers['validate'] = () => ({ valid: false, mistakes: [mistake], targets: [] });
  await page.keyboard.type('x');
  await panel.getByText('1 mistake', { exact: true }).waitFor();
  for (const key of ['Control+a', 'Delete']) await page.keyboard.press(key);
  await panel.getByText('nothing to check').waitFor();
  await context.close();
});

test('what one writes is there after a session that ended, for oneself alone', async () => {
  await using server = await stage.serve({ ...recordedAnswers(60), ...manifests });
  const { context, page } = await stage.open(server, '/ui/validate');
  const field = page.getByRole('textbox', { name: 'the manifest, as YAML' });
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('# an hour of work');
  const endSession = async (next: string) => {
    for (const path of ['session', 'validate']) server.lie(path, { kind: 'status', status: 401 });
    await field.focus();
    await page.keyboard.type('!');
    await page.getByLabel('Token').fill('a-token');
    for (const path of ['session', 'validate']) server.lie(path, undefined);
    for (const each of ['session', 'POST session'])
      server.answers[each] = () => ({ ...everything, user: next });
    await page.keyboard.press('Enter');
    await field.waitFor();
  };
  await endSession(everything.user);
  await expect.poll(() => field.innerText()).toContain('# an hour of work!');
  await endSession('somebody-else');
  expect(await field.innerText()).not.toContain('work');
  await context.close();
});

test('a given plan is there after a session that ended, and on coming back', async () => {
  await using server = await stage.serve(recordedAnswers(60));
  const { context, page } = await stage.open(server, '/ui/paste');
  const field = page.getByRole('textbox', { name: 'Your plan' });
  const endSession = async (next: string) => {
    for (const path of ['session', 'search']) server.lie(path, { kind: 'status', status: 401 });
    await page.getByPlaceholder('Find a target').fill('orders');
    await page.getByLabel('Token').fill('a-token');
    for (const path of ['session', 'search']) server.lie(path, undefined);
    for (const each of ['session', 'POST session'])
      server.answers[each] = () => ({ ...everything, user: next });
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'pages' }).waitFor();
  };
  await field.fill('Seq Scan on orders  (cost=0.00..431.00 rows=21000 width=4)');
  await page.getByText('Add the statement').click();
  await page.getByRole('textbox', { name: 'the statement' }).fill('SELECT n FROM orders');
  await endSession(everything.user);
  await expect.poll(() => field.inputValue()).toContain('Seq Scan on orders');
  await page.getByRole('button', { name: 'Read the plan' }).click();
  const plan = page.locator('dbintel-plan');
  await plan.waitFor();
  await endSession(everything.user);
  await plan.waitFor();
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('heading', { name: 'Help' }).waitFor();
  await page.getByRole('link', { name: 'Paste' }).click();
  await plan.waitFor();
  await endSession('somebody-else');
  await field.waitFor();
  expect([await plan.count(), await field.inputValue()]).toEqual([0, '']);
  await context.close();
});

test('words are dark on paper, whichever theme was chosen', async () => {
  await using server = await stage.serve(recordedAnswers(3));
  const { context, page } = await stage.open(server, '/ui/help');
  await page.evaluate(() => (document.documentElement.dataset['theme'] = 'dark'));
  const ink = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).color)));
  await expect.poll(ink, { timeout: 15_000 }).toBeGreaterThan(200);
  await page.emulateMedia({ media: 'print' });
  await expect.poll(ink, { timeout: 15_000 }).toBeLessThan(100);
  await context.close();
});

test('a table is printed with its head and all its rows, or says how many', async () => {
  await using server = await stage.serve(recordedAnswers(3_000));
  const { context, page } = await stage.open(server, '/ui/findings');
  await page.getByRole('row').nth(5).waitFor();
  const printed = async () => {
    const text = spawnSync('pdftotext', ['-layout', '-', '-'], { input: await page.pdf() });
    return text.stdout.toString();
  };
  const rows = (await printed()).match(/^ *(critical|warning|info) /gm)?.length ?? 0;
  const count = Number(await page.getByRole('grid').getAttribute('aria-rowcount')) - 1;
  expect(rows).toBeGreaterThan(60);
  await page.goto(`${server.origin}/ui/`);
  await page.getByRole('row').nth(5).waitFor();
  const text = await printed();
  expect(text).toMatch(/State +Target +Engine/);
  expect(text).toMatch(/(200|1200) of 3000 rows are printed/);
  expect(count).toBeGreaterThan(0);
  // Afterwards few rows are elements again.
  await expect.poll(() => page.getByRole('row').count()).toBeLessThan(100);
  await context.close();
});

test('a statement that takes time and is never looked at is on its target’s page', async () => {
  const top = [
    {
      fingerprint: 'q-516891302177250937',
      timeShare: 0.6,
      text: 'SELECT the_nightly_report()',
      meanMs: 40_000,
      code: 'below_minimum',
      findings: [],
    },
  ];
  const cycle = {
    number: 1,
    startedAt: Date.now() - 60_000,
    durationMs: 10,
    databaseMs: 5,
    outcome: { kind: 'collected' },
    selected: 0,
    explained: 0,
    unexplained: {},
    safety: { statementTimeoutMs: 100, circuit: 'closed', databaseTimeUsed: 0 },
    top,
  };
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...targetAnswers(indexesAnswer(Date.now(), false)),
    'targets/shop/orders/cycles': () => ({ items: [cycle] }),
  });
  for (const width of [390, 1_440]) {
    const { context, page } = await stage.open(server, '/ui/t/shop/orders', { width });
    const item = page.getByRole('listitem').filter({ hasText: 'the_nightly_report' });
    await item.getByText('60%').waitFor();
    await item.getByRole('button', { name: 'below_minimum' }).click();
    expect(await seriousFaults(page)).toEqual([]);
    const shots = process.env['SHOTS'];
    if (shots) await page.screenshot({ path: `${shots}-left-out-${width}.png` });
    await context.close();
  }
});

test('a statement as long as a book is one line of its list, there as soon as others', async () => {
  const text = `SELECT 1 FROM t WHERE ${'n = $1 OR '.repeat(6_000)}`;
  const items = Array.from({ length: 100 }, (_, at) => ({
    fingerprint: `f${at}`,
    text,
    calls: 1_000,
    totalMs: 6.5,
    timeShare: 0.01,
    latestCode: 'not_explainable_statement',
    findings: [],
  }));
  await using server = await stage.serve({
    ...recordedAnswers(60),
    ...targetAnswers(indexesAnswer(Date.now(), false)),
    'targets/shop/orders/queries': () => ({ items }),
  });
  const { context, page } = await stage.open(server, '/ui/t/shop/orders');
  const row = page.getByRole('row').nth(1);
  await row.getByText('0.0065 ms').waitFor();
  expect(((await row.textContent()) ?? '').length).toBeLessThan(1_000);
  for (const hasText of ['0.0065 ms', 'not_explainable_statement']) {
    const cell = row.getByRole('gridcell').filter({ hasText });
    expect(await cell.evaluate((each) => each.scrollWidth <= each.clientWidth)).toBe(true);
  }
  await context.close();
});

describe('an upgrade under an open page', () => {
  test('a page that cannot be loaded says so, blocks no other, and is loaded anew', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    const nav = page.getByRole('navigation', { name: 'pages' });
    server.lieOfFiles(/^assets\/.*\.js$/);
    await nav.getByRole('link', { name: 'Findings' }).click();
    await alert(page).getByText('upgraded after this page was opened').waitFor();
    await nav.getByRole('link', { name: 'Fleet' }).click();
    await page.getByRole('grid').waitFor();
    expect(await alert(page).count()).toBe(0);
    await nav.getByRole('link', { name: 'Findings' }).click();
    await alert(page).waitFor();
    server.lieOfFiles(undefined);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: /^60 findings/ }).waitFor();
    await context.close();
  });

  test('a page that one version serves and another has no script for says what to do', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    server.lieOfFiles(/^assets\//);
    await page.reload();
    await page.getByText('Reload it in a moment').waitFor();
    server.lieOfFiles(undefined);
    await page.reload();
    await heading(page).waitFor();
    expect(await page.getByText('Reload it in a moment').count()).toBe(0);
    await context.close();
  });

  test('the program is away: the page is not thrown away for that of the browser', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    server.lieOfFiles(/^/, { kind: 'reset' });
    await pressInTurn(page, 'g', 'n');
    await page.getByRole('button', { name: 'Try again' }).click();
    await alert(page).getByText('The program cannot be reached').waitFor();
    expect(await page.getByRole('navigation', { name: 'pages' }).count()).toBe(1);
    await context.close();
  });

  test('the emergency stop needs nothing more to be loaded', async () => {
    await using server = await stage.serve(recordedAnswers(60));
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    server.lieOfFiles(/^assets\//, { kind: 'reset' });
    await page.keyboard.press('Shift+S');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).waitFor();
    await context.close();
  });

  test('a code that cannot be explained takes no page with it', async () => {
    const answers = recordedAnswers(60);
    await using server = await stage.serve({
      ...answers,
      ...targetAnswers(indexesAnswer(Date.now(), false)),
      'targets/shop/orders/coverage': () => ({
        from: 0,
        to: 1,
        cycles: 1,
        explained: 0.5,
        coded: { untrusted_function: 0.5 },
        unknown: 0,
        points: [],
      }),
    });
    const { context, page } = await stage.open(server, '/ui/');
    await heading(page).waitFor();
    server.lieOfFiles(/^assets\/codes-.*\.js$/, { kind: 'reset' });
    await page.goto(`${server.origin}/ui/t/shop/orders#/cycles`);
    await page.getByRole('button', { name: 'untrusted_function' }).click();
    await page.getByText('What it means could not be loaded.').waitFor();
    expect(await page.getByRole('tab', { name: 'Cycles' }).count()).toBe(1);
    await context.close();
  });
});
