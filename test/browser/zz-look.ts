import { adviceAnswers } from './advice-data.ts';
import { startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

await using stage = await startPages();
await using server = await stage.serve({
  ...recordedAnswers(10_000),
  ...(await adviceAnswers(Date.now())),
});
const views = [
  [1440, 900, 'light'],
  [1440, 900, 'dark'],
  [360, 740, 'light'],
  [3840, 2000, 'dark'],
] as const;
for (const [width, height, theme] of views) {
  const { context, page } = await stage.open(server, '/ui/', { width, height, theme });
  await page.getByRole('row').nth(3).waitFor();
  const take = async (name: string) => {
    await page.waitForTimeout(900);
    await page.screenshot({ path: `/tmp/ui-pages/${name}-${width}-${theme}.png` });
  };
  await take('fleet');
  if (width === 1440 && theme === 'light') {
    await page.getByRole('button', { name: /signed in as/ }).click();
    await take('menu');
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('orders');
    await page.waitForTimeout(800);
    await take('search');
    await page.keyboard.press('Escape');
  }
  await page.goto(`${server.origin}/ui/advice`);
  await take('advice');
  await page.getByRole('row').nth(1).click();
  await take('proposal');
  await page.goto(`${server.origin}/ui/findings`);
  await take('findings');
  await context.close();
}
