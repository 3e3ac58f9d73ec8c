import { fileURLToPath } from "node:url";
import type { Run } from "@gmem/runs";
import { checkOptions, type Engine, GMemError, type OptionTable } from "@gmem/tensor";
import { type Artist, artistOf, type Painter } from "./artist.ts";
import type { Picture } from "./picture.ts";

export interface DrawingsOptions {
  /** A run folder that is conditioned on text; default: the model of this package. */
  readonly model?: string;
  /** Default: onnxruntime on the CPU. Stays open when the artist is closed. */
  readonly engine?: Engine;
}

export interface PngOptions {
  /** Pixels of the file to one of the picture, along a side; default 1. */
  readonly scale?: number;
}

/** A picture that becomes a file. */
export interface PngPicture extends Picture {
  /** The bytes of a PNG file. @throws {GMemError} code `CONFIG` for a scale that is no whole number from 1 to 64. */
  png(options?: PngOptions): Promise<Uint8Array>;
}

const table: OptionTable<DrawingsOptions> = { model: "optional", engine: "optional" };
const pngTable: OptionTable<PngOptions> = { scale: "optional" };

/** The most samples of one run of the sampler. */
const largest = 16;

/**
 * Opens the model that draws what a text says.
 * @throws {GMemError} code `CONFIG` for options that do not exist, a folder that is no run, or a run that is not conditioned on
 * text; `WEIGHTS`, `NON_FINITE` for damaged files.
 * @example
 * // no-run
 * import { writeFile } from "node:fs/promises";
 * const artist = await drawings();
 * const pictures = await artist.draw("a red heart", { count: 4, seed: 1 });
 * await Promise.all(pictures.map(async (picture, i) => writeFile(`heart-${i}.png`, await picture.png({ scale: 8 }))));
 * await artist.close();
 */
export async function drawings(options: DrawingsOptions = {}): Promise<Artist<PngPicture>> {
  checkOptions("drawings", options, table);
  const { model = fileURLToPath(new URL("../model", import.meta.url)), engine } = options;
  const { openRun } = await import("@gmem/runs"); // a second: nothing is opened by an import
  const run = await openRun(model, engine ? { engine } : {});
  try {
    return artistOf(painterOf(run), (picture) => ({ ...picture, png: (how) => pngOf(picture, how) }));
  } catch (error) {
    await run.close();
    throw error;
  }
}

function painterOf(run: Run): Painter {
  const { config, conditioner, textEncoder, files } = run;
  if (!textEncoder)
    throw new GMemError(
      "CONFIG",
      `drawings: ${files.folder} must be conditioned on text, got conditioner.kind=${config.conditioner.kind}; train one with \`gmem-train run drawings-text\``,
    );
  return {
    async paint({ text, count, seed, signal }) {
      const batchSize = Math.min(largest, 2 ** Math.ceil(Math.log2(count))); // few sizes, each compiled once
      const sampler = await run.sampler(config.sampler, { batchSize });
      const request = conditioner.parse({ text });
      return (await sampler.draw({ request, count, seed, ...(signal && { signal }) })).images;
    },
    encode: (texts) => textEncoder.encode(texts),
    isCut: async (text) => (textEncoder.cut?.([text]) ?? []).length > 0,
    close: () => run.close(),
  };
}

async function pngOf({ image, width, height }: Picture, options: PngOptions = {}): Promise<Uint8Array> {
  checkOptions("png", options, pngTable);
  const { scale = 1 } = options;
  if (!Number.isInteger(scale) || scale < 1 || scale > 64)
    throw new GMemError("CONFIG", `png: scale must be a whole number from 1 to 64, got ${scale}`);
  const { pngGrid } = await import("@gmem/datasets/png");
  return pngGrid({ ...image, shape: [1, 3, height, width] }, { columns: 1, gap: 0, scale });
}
