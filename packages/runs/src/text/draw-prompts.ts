import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { array, GMemError, type Named, type NDArray, stopIfAborted } from "@gmem/tensor";
import { contentHash, draftName } from "@gmem/weights";
import type { Run } from "../open/open-run.ts";
import type { WorkOptions } from "../progress.ts";

/** A prompt, and the files that its pictures get, relative to the folder. */
export interface PromptFiles {
  readonly prompt: string;
  readonly images: readonly string[];
  /** What is written beside them, by name. */
  readonly beside?: Named<string>;
}

export interface DrawPromptsOptions extends Pick<WorkOptions, "signal" | "onProgress"> {
  readonly folder: string;
  /** Default 0. Picture i of all has the noise of sample i of the seed. */
  readonly seed?: number;
  /** Pictures drawn at a time; default 16. */
  readonly batchSize?: number;
}

/**
 * Draws the pictures of prompts, word for word, into a folder of PNG files, as benchmarks of text-to-image models lay them out
 * (`genevalFolder` and `mjhqPrompts` of `@gmem/metrics`). Called again after it was stopped it draws what is missing; the same
 * run, seed and prompts give the same pictures.
 * @throws {GMemError} code `CONFIG` for a folder that was begun with another run, seed, sampler, batch size or other prompts, `INVALID_REQUEST`
 * for prompts that the run does not take, `ABORTED`.
 * @example
 * // no-run
 * const run = await openRun("runs/drawings-text");
 * const prompts = [{ prompt: "a photo of a cup", images: ["00000/samples/0000.png"] }];
 * const { drawn } = await drawPrompts(run, prompts, { folder: "geneval" });
 */
export async function drawPrompts(
  run: Pick<Run, "config" | "conditioner" | "sampler" | "parameters">,
  prompts: readonly PromptFiles[],
  options: DrawPromptsOptions,
): Promise<{ readonly drawn: number; readonly kept: number }> {
  const { folder, seed = 0, batchSize = 16, signal, onProgress } = options;
  const pictures = prompts.flatMap(({ prompt, images }) => images.map((file) => ({ prompt, file })));
  const requestOf = (texts: readonly string[]): unknown => run.conditioner.parse({ text: texts });
  requestOf(prompts.map(({ prompt }) => prompt)); // refused before anything is written
  await begin(join(folder, "drawn.json"), {
    name: run.config.name,
    parameters: contentHash(run.parameters),
    sampler: run.config.sampler,
    seed,
    batchSize,
    prompts,
  });
  for (const { beside = {} } of prompts)
    for (const [file, text] of Object.entries(beside)) await writeWhole(join(folder, file), text);
  const sampler = await run.sampler(run.config.sampler, { batchSize });
  let drawn = 0;
  for (let at = 0; at < pictures.length; at += batchSize) {
    stopIfAborted(signal, "drawPrompts: stopped between pictures");
    const block = pictures.slice(at, at + batchSize);
    if (block.some(({ file }) => !existsSync(join(folder, file)))) {
      const request = requestOf(block.map(({ prompt }) => prompt));
      const { images } = await sampler.draw({
        request,
        count: block.length,
        seed,
        firstId: at,
        ...(signal && { signal }),
      });
      for (const [i, { file }] of block.entries())
        if (!existsSync(join(folder, file))) {
          await writeWhole(join(folder, file), await encodePng(picture(images, i)));
          drawn++;
        }
    }
    onProgress?.({ stage: "images", done: Math.min(at + batchSize, pictures.length), total: pictures.length });
  }
  return { drawn, kept: pictures.length - drawn };
}

/** @throws {GMemError} code `CONFIG` for a folder that was begun in another way. */
async function begin(path: string, how: object): Promise<void> {
  const text = `${JSON.stringify(how, null, 2)}\n`;
  if (!existsSync(path)) return writeWhole(path, text);
  if ((await readFile(path, "utf8")) === text) return;
  throw new GMemError(
    "CONFIG",
    `drawPrompts: ${dirname(path)} must go on as it began, got another run, seed, sampler, batch or other prompts than its drawn.json says; give another folder`,
  );
}

/** A file that is there whole or not at all. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = await draftName(path);
  await writeFile(draft, content);
  await rename(draft, path);
}

const picture = ({ data, shape: [n = 0, ...image] }: NDArray<"f32">, i: number): NDArray<"f32"> => {
  const size = data.length / n;
  return array(data.subarray(i * size, (i + 1) * size), image);
};
