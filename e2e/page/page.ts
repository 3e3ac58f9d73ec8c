import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { accessible } from "../accessible.ts";
import { browserPath } from "../browser.ts";
import { must } from "../must.ts";
import { root } from "../repository.ts";
import { type Served, served } from "../served.ts";
import type { Steps } from "../steps.ts";
import { beginning } from "./beginning.ts";
import { drawing } from "./drawing.ts";
import { guarded } from "./guarded.ts";
import { keeping } from "./keeping.ts";
import { remembering } from "./remembering.ts";
import { drawn, drawText, goTo, visit } from "./visit.ts";

const parts = ["Draw", "Memory", "Between", "Sweep", "Gallery"];

/** The page of a server that serves the model that ships, driven in a browser; its pictures go to GMEM_PICTURES. */
export async function page(steps: Steps): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === undefined) return steps.skip("the page of the server", "there is no browser on this machine");
  const folder = await mkdtemp(join(tmpdir(), "gmem-page-"));
  let server: Served | undefined;
  let browser: Browser | undefined;
  try {
    await steps.step("the first paint is below 100 kB", firstPaint);
    const isUp = await steps.step("gmem-serve in an empty folder answers with its page", async () => {
      server = await served(folder);
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
      return server.url;
    });
    if (!isUp || !server || !browser) return;
    const { url } = server;
    const open = browser;
    const wide = await visit(open, url);
    await drawing(steps, wide);
    await beginning(steps, wide);
    await remembering(steps, wide);
    await keeping(steps, wide);
    await guarded(steps, { browser: open, folder });
    await steps.step("every part is accessible, in light and dark", async () => {
      const dark = await visit(open, url, { scheme: "dark" });
      const said: string[] = [];
      for (const { page: one } of [wide, dark])
        for (const part of parts) {
          await goTo(one, part);
          await one.waitForTimeout(500);
          said.push(await accessible(one));
        }
      await goTo(dark.page, "Memory");
      await dark.picture("dark");
      await drawText(dark.page, "a red heart", 4);
      await drawn(dark.page, 4);
      await dark.picture("dark-draw");
      dark.quiet();
      return said[0] ?? "";
    });
    await steps.step("nothing is wider than a phone of 360 pixels", async () => {
      const phone = await visit(open, url, { width: 360, height: 740 });
      for (const part of parts) {
        await goTo(phone.page, part);
        await phone.page.waitForTimeout(400);
        const width = (await phone.page.evaluate("document.documentElement.scrollWidth")) as number;
        must(width <= 360, `${part} must be at most 360 pixels wide, got ${width}`);
        const hidden = (await phone.page.evaluate(
          `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector("nav"))`,
        )) as number;
        must(hidden <= 0, `the links to all parts must be seen, got ${hidden} pixels too many`);
      }
      for (const [part, name] of [
        ["Memory", "phone"],
        ["Draw", "phone-draw"],
      ] as const) {
        await goTo(phone.page, part);
        await phone.picture(name);
      }
      phone.quiet();
      return "";
    });
  } finally {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The document and all that it names, compressed. */
async function firstPaint(): Promise<string> {
  const built = join(root, "apps/serve/dist/page");
  const html = await readFile(join(built, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1] as string);
  const sizes = await Promise.all(
    ["index.html", ...named].map(async (name) => gzipSync(await readFile(join(built, name))).length),
  );
  const kB = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  must(named.length >= 2 && kB < 100, `the page must take less than 100 kB, got ${kB}`);
  return `${kB.toFixed(1)} kB compressed`;
}
