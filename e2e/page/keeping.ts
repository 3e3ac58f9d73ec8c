import { must } from "../must.ts";
import type { Steps } from "../steps.ts";
import { bytesOf, drop } from "./remembering.ts";
import { drawn, drawText, goTo, type Visit } from "./visit.ts";

/** The gallery, and settings that come back out of a PNG. */
export async function keeping({ step }: Pick<Steps, "step">, { page, quiet, picture }: Visit): Promise<void> {
  await step("pictures are kept over a reload, two are compared, and one gives its settings back", async () => {
    await drawText(page, "a blue car", 2);
    await drawn(page, 2);
    await page.reload();
    await goTo(page, "Gallery");
    const kept = await page.locator(".kept li").count();
    must(kept > 2, `the gallery must have kept pictures, got ${kept}`);
    await page
      .getByRole("button", { name: /^Compare/ })
      .nth(0)
      .click();
    await page
      .getByRole("button", { name: /^Compare/ })
      .nth(2)
      .click();
    const marked = await page.locator(".compared .marked dt").allTextContents();
    must(marked.length > 0, "what differs must be marked");
    await picture("gallery");
    quiet();
    return `${kept} kept; differing: ${[...new Set(marked)].join(", ")}`;
  });

  await step("a PNG that was saved here is dropped, and draws itself again", async () => {
    await page.locator(".kept button.picture").first().click();
    const url = await page.locator("dialog img.large").getAttribute("src");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Save PNG" }).click(),
    ]);
    await page.keyboard.press("Escape");
    await drawText(page, "something else", 1);
    await drawn(page, 1);
    await drop(page, await bytesOf(await download.path()), "mine.png");
    await page.getByText("The settings of the picture are back.").waitFor();
    must((await page.getByLabel("What to draw").inputValue()) === "a blue car", "the text must be back");
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    await page.locator("article.job h3").first().getByText("a blue car").waitFor();
    await drawn(page, 1);
    const isSame = await page.evaluate(`(async () => {
      const newest = document.querySelector("article.job button.picture img").getAttribute("src");
      const pixels = async (src) => {
        const bitmap = await createImageBitmap(await (await fetch(src)).blob());
        const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        pen.drawImage(bitmap, 0, 0);
        return pen.getImageData(0, 0, bitmap.width, bitmap.height).data.join();
      };
      return (await pixels(newest)) === (await pixels(${JSON.stringify(url)}));
    })()`);
    must(isSame === true, "the picture must have the pixels of the one that was dropped");
    quiet();
    return "the same pixels";
  });
}
