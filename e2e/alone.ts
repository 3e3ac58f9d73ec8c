import { type Browser, chromium } from "playwright-core";
import { accessible } from "./accessible.ts";
import { browserPath } from "./browser.ts";
import { run } from "./repository.ts";
import { serve } from "./serve.ts";
import type { Steps } from "./steps.ts";
import type { TinyRun } from "./tiny-run.ts";

/** The page of `export --page`, from a server of files, draws what Node draws. */
export async function alone({ step, skip }: Steps, { page: { folder, row, seed, images } }: TinyRun): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === undefined) return skip("an exported page", "there is no browser on this machine");
  await step("an exported page draws, in the browser alone, what Node draws", async () => {
    const server = await serve({ pages: {}, folders: { "/some/where/": folder }, files: {} });
    let browser: Browser | undefined;
    try {
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(`${server.url}/some/where/index.html`);
      await page.getByLabel("Row", { exact: true }).fill(`${row}`);
      await page.getByLabel("Seed").fill(`${seed}`);
      await page.getByLabel("Pictures", { exact: true }).first().fill(`${images.shape[0]}`);
      await page.getByRole("button", { name: "Draw" }).click();
      await page.waitForSelector("figure", { timeout: 120_000 });
      const drawn = (await page.evaluate(`[...document.querySelectorAll("figure canvas")].map((canvas) =>
        [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data])`)) as number[][];
      if (complaints.length > 0) throw new Error(complaints.join("\n"));
      const off = farthest(drawn, images);
      if (!(off <= 1 / 255)) throw new Error(`pictures must be Node's to one level of 255, got ${255 * off}`);
      const checked = await accessible(page);
      return `${checked}\n${drawn.length} pictures, to ${off.toExponential(0)}; ${run("du", ["-sh", folder], folder).split("\t")[0]}`;
    } finally {
      await browser?.close();
      await server.close();
    }
  });
}

/** Bytes of canvases beside pictures [N,3,H,W] in [0,1]. */
function farthest(drawn: readonly (readonly number[])[], { shape, data }: TinyRun["page"]["images"]): number {
  const [count = 0, , height = 0, width = 0] = shape;
  if (drawn.length !== count) return Number.POSITIVE_INFINITY;
  const area = width * height;
  const byte = (at: number): number => Math.round(255 * Math.min(1, Math.max(0, data[at] as number)));
  return Math.max(
    ...drawn.flatMap((picture, n) =>
      Array.from({ length: 3 * area }, (_, i) => {
        const [c, pixel] = [Math.floor(i / area), i % area];
        return Math.abs((picture[4 * pixel + c] as number) - byte((3 * n + c) * area + pixel)) / 255;
      }),
    ),
  );
}
