import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { differences } from "./differences.ts";
import { block } from "./repository.ts";
import { serve } from "./serve.ts";
import type { Steps } from "./steps.ts";
import type { Comparison, TinyRun } from "./tiny-run.ts";

/** Where onnxruntime-web keeps its modules and WebAssembly. */
const ort = dirname(fileURLToPath(import.meta.resolve("onnxruntime-web/wasm")));

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** A browser of the machine, or the one that playwright has installed. */
export const browserPath = (): string | undefined =>
  [
    ...programs.flatMap((name) => (process.env.PATH ?? "").split(":").map((folder) => join(folder, name))),
    chromium.executablePath(),
  ].find((path) => existsSync(path));

/** Runs the files of a run with onnxruntime-web in a headless browser: by themselves, and in the page of the guide. */
export async function inBrowser(steps: Steps, { onnx, picture, comparisons }: TinyRun): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === undefined)
    return steps.skip("exported files in a browser", `there is none of ${programs.join(", ")} on this machine`);
  const guide = await block("docs/exporting.md", { language: "html", first: "<!doctype html>" });
  const server = await serve({
    pages: { "/": guide, "/empty": "<!doctype html>" },
    folders: { "/onnx/": onnx, "/ort/": ort },
    files: { "/picture.png": picture },
  });
  let browser: Browser | undefined;
  try {
    let page: Page | undefined;
    await steps.step(`open ${executablePath}`, async () => {
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
      page = await browser.newPage();
      await page.goto(`${server.url}/empty`);
      return browser.version();
    });
    if (!page) return;
    const opened: Page = page;
    for (const comparison of comparisons)
      await steps.step(`${comparison.part}.onnx in onnxruntime-web`, async () =>
        differences(comparison, await runPart(opened, comparison)),
      );
    await steps.step("the page of docs/exporting.md draws 16 pictures", () => guidePage(opened, server.url));
  } finally {
    await browser?.close();
    await server.close();
  }
}

/** One file in the page. */
const runPart = (page: Page, { part, feeds }: Comparison): Promise<Comparison["wanted"]> =>
  page.evaluate(
    async ({ part, feeds }) => {
      const module = "/ort/ort.wasm.min.mjs";
      const { InferenceSession, Tensor } = (await import(module)) as typeof import("onnxruntime-web/wasm");
      const session = await InferenceSession.create(`/onnx/${part}.onnx`);
      const given = Object.entries(feeds).map(
        ([name, { shape, data }]) => [name, new Tensor("float32", Float32Array.from(data), shape)] as const,
      );
      const results = await session.run(Object.fromEntries(given));
      await session.release();
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [
          name,
          { shape: [...dims], data: Array.from(data as Float32Array) },
        ]),
      );
    },
    { part, feeds },
  );

/** The guide's page ends with pictures that differ from each other, on a canvas. */
async function guidePage(page: Page, url: string): Promise<string> {
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  await page.goto(url);
  await page
    .waitForFunction('document.title === "drawn"', undefined, { timeout: 120_000 })
    .catch(() => complaints.push("the pictures were not drawn within two minutes"));
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  const facts = await page.evaluate(
    `(() => {
      const { width, height } = document.querySelector("canvas");
      const at = (k) => [...document.querySelector("canvas").getContext("2d")
        .getImageData((k % 4) * width / 4, Math.floor(k / 4) * height / 4, width / 4, height / 4).data].join();
      return { width, height, pictures: new Set(Array.from({ length: 16 }, (_, k) => at(k))).size, isolated: crossOriginIsolated };
    })()`,
  );
  const { pictures, width, height, isolated } = facts as Record<"pictures" | "width" | "height", number> & {
    isolated: boolean;
  };
  if (pictures !== 16) throw new Error(`16 different pictures were expected, got ${pictures}`);
  return `${width} × ${height} pixels${isolated ? ", cross-origin isolated: threads" : ""}`;
}
