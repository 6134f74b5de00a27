import { startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

await using stage = await startPages();
await using server = await stage.serve(recordedAnswers(60));
const { page } = await stage.open(server, '/ui/', { width: 1440, height: 900 });
await page.getByRole('row').nth(3).waitFor();
await page.getByRole('button', { name: 'Group: none' }).click();
console.log(
  await page.locator('[popover]:popover-open').boundingBox(),
  await page.evaluate(() => {
    const m = document.querySelector('[popover]:popover-open');
    const b = m?.previousElementSibling;
    return (
      m &&
      b && [
        getComputedStyle(m).top,
        getComputedStyle(m).positionTryFallbacks,
        getComputedStyle(b).anchorName,
        getComputedStyle(m.parentElement!).anchorScope,
        getComputedStyle(m).cssText?.slice(0, 10),
      ]
    );
  }),
);
await page.keyboard.press('Escape');
await page.getByRole('button', { name: /signed in as/ }).click();
console.log(
  await page.locator('[popover]:popover-open').boundingBox(),
  await page.evaluate(() => {
    const m = document.querySelector('[popover]:popover-open');
    const b = m?.previousElementSibling;
    return (
      m &&
      b && [
        getComputedStyle(m).top,
        getComputedStyle(b).anchorName,
        getComputedStyle(m.parentElement!).anchorScope,
        m.outerHTML.slice(0, 200),
        b.outerHTML.slice(0, 200),
      ]
    );
  }),
);
