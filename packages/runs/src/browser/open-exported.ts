import {
  checkFinite,
  checkOptions,
  concatRows,
  GMemError,
  key,
  mapNamed,
  type Named,
  type NDArray,
  type OptionTable,
  stack,
  stopIfAborted,
  takeRows,
} from "@gmem/tensor";
import { browserTexts } from "./browser-texts.ts";
import { type BrowserRequest, conditionOf } from "./condition.ts";
import type { BrowserFacts } from "./facts.ts";
import { type BrowserDevice, type Ort, openProgram, type Program } from "./open-program.ts";
import { filesAt, readJson } from "./read-file.ts";

export interface OpenExportedOptions {
  /** Address of the folder of programs. */
  readonly model: string | URL;
  /** Address of the sentence encoder's files, where texts are heard by it; default: beside the programs. */
  readonly textEncoder?: string | URL;
  /** The module of onnxruntime-web. */
  readonly ort: Ort;
  /** Default "wasm". "webgpu" needs the module `onnxruntime-web/webgpu`. */
  readonly device?: BrowserDevice;
}

const table: OptionTable<OpenExportedOptions> = {
  model: "required",
  textEncoder: "optional",
  ort: "required",
  device: "optional",
};

export interface BrowserDraw {
  readonly request: BrowserRequest;
  readonly count: number;
  readonly seed: number;
  /** Gives up between two batches. */
  readonly signal?: AbortSignal;
}

/** A run that is open in a browser. */
export interface ExportedRun {
  readonly facts: BrowserFacts;
  /** Pictures [count,3,H,W] in [0,1]; the same seed draws the picture that Node draws, to 1e-3. */
  draw(what: BrowserDraw): Promise<NDArray<"f32">>;
  /** The vectors of texts [N,dim]. @throws {GMemError} code `INVALID_REQUEST` for a run that hears none. */
  encode(texts: readonly string[]): Promise<NDArray<"f32">>;
  /** True for a text whose end is not heard. */
  isCut(text: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Samples that are drawn at once. */
const batch = 4;

/**
 * Opens the programs that `exportForBrowser` wrote, by onnxruntime-web. A sentence encoder is fetched with the first text, rows of a
 * bank by the block when they are drawn from.
 * @throws {GMemError} code `CONFIG` for options that do not exist, `WEIGHTS` for files that are not there, `FORMAT` for others.
 * @example
 * // no-run
 * import * as ort from "onnxruntime-web/wasm";
 * const run = await openExported({ model: "/model/", ort });
 * await run.draw({ request: { rows: [3] }, count: 4, seed: 0 }); // [4,3,H,W]
 */
export async function openExported(options: OpenExportedOptions): Promise<ExportedRun> {
  checkOptions("openExported", options, table);
  const { model, ort, textEncoder, device = "wasm" } = options;
  const read = filesAt(model, "model");
  const facts = await readJson<BrowserFacts>(read, "browser.json");
  const programs = ["sampler.onnx", "decoder.onnx"] as const;
  const names = [...programs, ...facts.weights];
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
  const weights = Object.fromEntries(facts.weights.map((name) => [name, files[name] as Uint8Array]));
  const open = (name: string): Promise<Program> =>
    openProgram(ort, { name, model: files[name] as Uint8Array, weights, device });
  const [sampler, decoder] = [await open(programs[0]), await open(programs[1])];
  const texts = browserTexts({
    facts,
    sentences: textEncoder === undefined ? (name) => read(`text/${name}`) : filesAt(textEncoder, "textEncoder"),
    open: async (bytes) =>
      openProgram(ort, {
        name: "text.onnx",
        model: await read("text.onnx"),
        weights: { "use-lite": bytes },
        device: "wasm",
      }),
  });
  const condition = conditionOf({ facts, read, texts });
  return {
    facts,
    async draw({ request, count, seed, signal }) {
      if (!Number.isSafeInteger(count) || count < 1)
        throw new GMemError("INVALID_REQUEST", `draw: count must be a whole number from 1 on, got ${count}`);
      const given = await condition(request, count);
      const done: NDArray<"f32">[] = [];
      for (let first = 0; first < count; first += batch) {
        stopIfAborted(signal, "draw: stopped by its signal");
        const ids = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
        const own = mapNamed(given, (value) => takeRows(value, ids));
        const { latents } = await sampler.run({ ...noiseOf(facts, { seed, ids }), ...own });
        const { images } = await decoder.run({ latents: latents as NDArray<"f32"> });
        done.push(images as NDArray<"f32">);
      }
      const images = concatRows(done);
      checkFinite({ images }, { where: "draw", remedy: "copy the model's folder again" });
      return images;
    },
    encode: async (said) => (await texts.get()).encoder.encode(said),
    isCut: async (text) => ((await texts.get()).encoder.cut?.([text]) ?? []).length > 0,
    async close() {
      await sampler.close();
      await decoder.close();
      await (await texts.now())?.close();
    },
  };
}

/** As `drawSamples` has it: each picture has its own. */
function noiseOf(
  { latent, noisySteps }: BrowserFacts,
  { seed, ids }: { readonly seed: number; readonly ids: readonly number[] },
): Named<NDArray<"f32">> {
  const own = (id: number) => key(seed).split(id);
  const noise = concatRows(
    ids.map((id) =>
      own(id)
        .split("noise")
        .normal([1, ...latent]),
    ),
  ); // [n,C,H,W]
  if (noisySteps === undefined) return { noise };
  const at = (step: number) =>
    concatRows(
      ids.map((id) =>
        own(id)
          .split("step")
          .split(step)
          .normal([1, ...latent]),
      ),
    );
  return { noise, stepNoise: stack(Array.from({ length: noisySteps }, (_, step) => at(step))) }; // [steps,n,C,H,W]
}
