import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { must } from "../must.ts";
import type { Steps } from "../steps.ts";
import { drawn, goTo, type Visit } from "./visit.ts";

/** The memory: its map, a picture that is dropped, and the way between two rows. */
export async function remembering({ step }: Pick<Steps, "step">, { page, quiet, picture }: Visit): Promise<void> {
  await step("a loop on the map chooses the rows that are drawn from", async () => {
    await goTo(page, "Memory");
    await page.getByText(/[1-9]\d* % of their variance/).waitFor();
    await page.waitForFunction(`document.querySelectorAll("ul.rows img").length > 12`);
    const box = (await page.locator(".map canvas").boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const at = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    await at(0.35, 0.35);
    await page.mouse.down();
    for (const [x, y] of [
      [0.65, 0.35],
      [0.65, 0.65],
      [0.35, 0.65],
      [0.35, 0.37],
    ] as const)
      await at(x, y);
    await page.mouse.up();
    const chosen = (await page.locator(".chosen strong").textContent()) ?? "";
    await page.locator(".chosen img").nth(2).waitFor();
    await picture("memory");
    await page.getByRole("button", { name: /^Draw from/ }).click();
    const title = (await page.locator("article.job h3").first().textContent()) ?? "";
    must(/rows?/.test(title), `the job must be of rows, got ${title}`);
    await page
      .locator("article.job")
      .first()
      .getByRole("button", { name: "Cancel" })
      .click()
      .catch(() => {}); // it may be done
    quiet();
    return `${chosen} chosen; ${title}`;
  });

  await step("rows are found by what is said, and near a row", async () => {
    await goTo(page, "Memory");
    await page.getByLabel("Search the memory").fill("a red heart");
    await page.getByRole("button", { name: "Search" }).click();
    await page.locator("ul.rows small").first().waitFor();
    const [first = ""] = await page
      .locator("ul.rows button")
      .evaluateAll((all) => all.map((one) => one.ariaLabel ?? ""));
    quiet();
    return first;
  });

  await step("a picture that is dropped joins the memory, is drawn in its style, and taken back", async () => {
    const size = await rowsOf(page);
    const { data } = await sharp(Buffer.from(star)).resize(64, 64).png().toBuffer({ resolveWithObject: true });
    await drop(page, data, "star.png");
    await page.getByText(/star\.png is row \d+ of the memory/).waitFor();
    must((await rowsOf(page)) === size + 1, `the memory must have ${size + 1} rows`);
    await drawn(page, 4);
    await picture("drop");
    await page.getByRole("button", { name: "Undo" }).first().click();
    await page.getByText("The last edit is taken back.").waitFor();
    must((await rowsOf(page)) === size, `the memory must have ${size} rows again`);
    quiet();
    return `${size} rows, ${size + 1}, ${size}`;
  });

  await step("a slider goes between two rows, above a strip of the way", async () => {
    await goTo(page, "Between");
    await page.getByLabel("From").fill("3");
    await page.getByLabel("To", { exact: false }).nth(0).fill("40");
    await page.waitForFunction(`document.querySelectorAll(".way button.picture").length === 9`);
    await page.locator(".stage button.picture").waitFor();
    const before = await page.locator(".stage img").getAttribute("src");
    await page.getByRole("slider").focus();
    for (let i = 0; i < 25; i++) await page.keyboard.press("ArrowRight");
    await page.getByText("75 %", { exact: true }).waitFor();
    await page.waitForFunction(
      `document.querySelector(".stage button.picture img")?.getAttribute("src") !== ${JSON.stringify(before)}`,
    );
    await picture("between");
    quiet();
    return "";
  });
}

const star = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#fff"/><path d="M32 4l8 20h20l-16 13 6 21-18-13-18 13 6-21L4 24h20z" fill="#7048e8"/></svg>`;

/** Rows of the first run's memory, as the server has them. */
const rowsOf = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { runs } = (await (await fetch("v1/runs")).json()) as { runs: { bank: { size: number } }[] };
    return runs[0]?.bank.size ?? 0;
  });

/** Drops a file on the page. */
export async function drop(page: Page, bytes: Uint8Array, name: string): Promise<void> {
  const [data, called] = [Buffer.from(bytes).toString("base64"), name].map((text) => JSON.stringify(text));
  await page.evaluate(`{
    const bytes = Uint8Array.from(atob(${data}), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], ${called}, { type: "image/png" }));
    for (const type of ["dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }`);
}

/** The file of a download. */
export const bytesOf = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(path));
