import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { browserPath } from "../browser.ts";
import { serve } from "../serve.ts";
import type { Steps } from "../steps.ts";
import type { Consumer } from "./consumer.ts";
import { onEveryNode } from "./node-versions.ts";

const asked = 'artist.draw("a red heart", { count: 2, seed: 1 })';
const texts = '["a red heart", "A sleeping  CAT", "♥"]';

/** Draws within ten seconds of the import, and leaves pictures and vectors for the browser to be compared with. */
const inNode = `
import { writeFileSync } from "node:fs";

const start = performance.now();
const { drawings } = await import("@gmem/drawings");
const artist = await drawings();
const pictures = await ${asked};
const seconds = (performance.now() - start) / 1000;
if (seconds > 10) throw new Error(\`@gmem/drawings: must draw within 10 s of its import, took \${seconds.toFixed(1)}\`);
const { data } = await artist.encode(${texts});
await artist.close();
writeFileSync("drawn.json", JSON.stringify({ images: pictures.map(({ image }) => [...image.data]), vectors: [...data] }));
writeFileSync("heart.png", await pictures[0].png({ scale: 8 }));
console.log(\`\${pictures.length} pictures of \${pictures[0].width}×\${pictures[0].height} pixels in \${seconds.toFixed(1)} s\`);
`;

const inPage = `
import { drawings } from "@gmem/drawings/browser";

const start = performance.now();
const artist = await drawings();
const pictures = await ${asked};
const seconds = (performance.now() - start) / 1000;
const isImageData = pictures.every((picture) => picture.imageData() instanceof ImageData);
const { data } = await artist.encode(${texts});
await artist.close();
window.drawn = { images: pictures.map(({ image }) => [...image.data]), vectors: [...data], seconds, isImageData };
`;

/** What the page imports by name. */
const modules = [
  ["@gmem/drawings", "./browser"],
  ["@gmem/runs", "./browser"],
  ["@gmem/encoders", "./concat"],
  ["@gmem/encoders", "./hashed-words"],
  ["@gmem/encoders", "./use-lite"],
  ["@gmem/nn", "."],
  ["@gmem/tensor", "."],
] as const;

interface Drawn {
  readonly images: readonly (readonly number[])[];
  readonly vectors: readonly number[];
}

/** `@gmem/drawings` of the registry in an empty project: on every Node, in a browser from node_modules as it lies, and bundled. */
export async function drawsTexts(steps: Steps, project: Consumer): Promise<void> {
  const { folder } = project;
  const installed = await steps.step("npm install @gmem/drawings onnxruntime-web", async () => {
    project.manage("install", "@gmem/drawings", "onnxruntime-web@1.30.0");
    await writeFile(join(folder, "draw.js"), inNode);
    await writeFile(join(folder, "page.js"), inPage);
    return "";
  });
  if (!installed) return;
  await onEveryNode(steps, "drawings", { file: "draw.js", folder });
  await steps.step("drawings bundled for a browser", async () => {
    const { outputFiles } = await build({
      entryPoints: [join(folder, "page.js")],
      bundle: true,
      format: "esm",
      platform: "browser",
      external: ["onnxruntime-web"],
      write: false,
    });
    return `${Math.ceil((outputFiles[0]?.contents.length ?? 0) / 1000)} kB without onnxruntime-web`;
  });
  const executablePath = browserPath();
  if (executablePath === undefined) return steps.skip("drawings in a browser", "there is none on this machine");
  await steps.step("drawings in a browser", () => inBrowser(folder, executablePath));
}

async function inBrowser(folder: string, executablePath: string): Promise<string> {
  const imports = JSON.stringify({ imports: await importMap(folder) });
  const script = `<script type="module">${inPage}</script>`;
  const page = `<!doctype html><script type="importmap">${imports}</script>${script}`;
  const server = await serve({
    pages: { "/": page },
    folders: { "/node_modules/": join(folder, "node_modules") },
    files: {},
  });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    const complaint = new Promise<never>((_, reject) => tab.on("pageerror", reject));
    complaint.catch(() => {}); // told by the race
    await tab.goto(server.url);
    await Promise.race([complaint, tab.waitForFunction("window.drawn", undefined, { timeout: 600_000 })]);
    const drawn = (await tab.evaluate("window.drawn")) as Drawn & { seconds: number; isImageData: boolean };
    const wanted = JSON.parse(await readFile(join(folder, "drawn.json"), "utf8")) as Drawn;
    const pixels = farthest(drawn.images.flat(), wanted.images.flat());
    const vectors = farthest(drawn.vectors, wanted.vectors);
    if (!(pixels <= 1e-3 && vectors <= 1e-5 && drawn.isImageData))
      throw new Error(`must be as in Node to 1e-3 and 1e-5, got ${pixels} of pictures and ${vectors} of vectors`);
    return `as in Node to ${pixels.toExponential(0)}, vectors to ${vectors.toExponential(0)}, in ${drawn.seconds.toFixed(1)} s`;
  } finally {
    await browser.close();
    await server.close();
  }
}

async function importMap(folder: string): Promise<Readonly<Record<string, string>>> {
  const found = modules.map(async ([name, entry]) => {
    const { exports } = JSON.parse(await readFile(join(folder, "node_modules", name, "package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, { readonly default: string }>>;
    };
    return [`${name}${entry.slice(1)}`, `/node_modules/${name}/${exports[entry]?.default.slice(2)}`] as const;
  });
  const ort = "/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
  return { ...Object.fromEntries(await Promise.all(found)), "onnxruntime-web/wasm": ort };
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length
    ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)
    : Infinity;
