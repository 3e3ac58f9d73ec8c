import type { IdentifyOptions } from "@gmem/backbones/published";
import type { LatentShape } from "@gmem/spec";
import { didYouMean, GMemError } from "@gmem/tensor";
import type { WeightsFile, WeightsOptions } from "@gmem/weights";
import { z } from "zod";
import { count } from "../config/scalars.ts";
import { type RunConfig, runSchema } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import type { ConvertOptions } from "./conversion.ts";

/** Which network of a file is meant: ema, raw, or one by its name there. */
export const weightsOf = ({ weights }: ConvertOptions): WeightsOptions => (weights === undefined ? {} : { weights });

const families = ["sit", "dit", "lightning-dit", "sana"] as const;

/** What a description says that names and shapes do not. */
const stored = z.object({
  family: z.enum(families),
  config: z.object({
    heads: count,
    crossHeads: count.optional(),
    latent: z.tuple([count, count, count]),
    tapAfter: count.optional(),
  }),
  conditioner: z.object({ classes: count.optional(), connector: z.object({ heads: count }).optional() }),
  timeDirection: z.enum(["data0", "data1", "steps"]),
});

/** The options of a file that `convert` wrote, by the description in it; none for other files. */
export function storedOptions({ values }: Pick<WeightsFile, "values">): IdentifyOptions {
  const text = values.checkpoint ?? values["config/checkpoint"];
  if (typeof text !== "string") return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {};
  }
  const { success, data } = stored.safeParse(json);
  if (!success) return {};
  const { family, config, conditioner, timeDirection } = data;
  const { heads, crossHeads, latent, tapAfter } = config;
  const { classes, connector } = conditioner;
  return {
    family,
    heads,
    latent,
    timeDirection,
    ...(crossHeads !== undefined && { crossHeads }),
    ...(connector && { connectorHeads: connector.heads }),
    ...(classes !== undefined && { classes }),
    ...(tapAfter !== undefined && { tapAfter }),
  };
}

/** True for `model.safetensors` of a run that was trained: what its names and shapes leave open stands in `config.json`. */
export const isModelOfRun = ({ values }: Pick<WeightsFile, "values">): boolean =>
  values.checkpoint === undefined && values.architecture !== undefined && values.time_direction !== undefined;

/** What a checkpoint does not hold of a run: what is around the network, how its table is read, and how it is drawn from. */
export const runBeside = ({ image, tokenizer, encoder, sampler, conditioner, textEncoder }: RunConfig): Tree => ({
  image,
  tokenizer,
  encoder,
  sampler,
  ...(conditioner.kind === "class-table" && { conditioner }),
  ...(conditioner.kind === "captions" && { conditioner, textEncoder }),
  ...(conditioner.kind === "t2s" && { conditioner: { ...conditioner, gain: 1 }, textEncoder }), // see `folded`
});

const beside = runSchema.pick({ image: true, tokenizer: true, encoder: true, sampler: true });

/** {@link runBeside} of a file that `convert` wrote; nothing of other files, or where it does not read as settings of a run. */
export function storedRun({ values }: Pick<WeightsFile, "values">): Tree {
  const text = values.run ?? values["config/run"];
  if (typeof text !== "string") return {};
  try {
    const { conditioner, textEncoder = null, ...around } = JSON.parse(text);
    const parsed = beside.safeParse(around);
    const table = runSchema.shape.conditioner.safeParse(conditioner);
    const texts = runSchema.shape.textEncoder.safeParse(textEncoder);
    const isKept =
      conditioner !== undefined && table.success && ["class-table", "t2s", "captions"].includes(table.data.kind);
    return {
      ...(parsed.success && parsed.data),
      ...(isKept && { conditioner: table.data }),
      ...(texts.success && texts.data && { textEncoder: texts.data }),
    };
  } catch {
    return {};
  }
}

/** What names and shapes of a checkpoint leave open. */
export function identifyOptions({
  family,
  heads,
  crossHeads,
  latent,
  classes,
  time,
  tap,
}: ConvertOptions): IdentifyOptions {
  return {
    ...(family !== undefined && { family: oneOf("--family", family, families) }),
    ...(heads !== undefined && { heads }),
    ...(crossHeads !== undefined && { crossHeads }),
    ...(latent !== undefined && { latent: latentOf(latent) }),
    ...(classes !== undefined && { classes }),
    ...(time !== undefined && { timeDirection: oneOf("--time", time, ["data0", "data1"]) }),
    ...(tap !== undefined && { tapAfter: tap }),
  };
}

/** A sentence that begins with an option of `identifyCheckpoint`, beginning with the flag for it. */
export const withFlag = (sentence: string): string =>
  sentence.replace(
    /^(family|heads|crossHeads|latent|classes|tapAfter|timeDirection)\b/,
    (option) => flags[option] ?? `--${option}`,
  );

const flags: Readonly<Record<string, string>> = {
  crossHeads: "--cross-heads",
  tapAfter: "--tap",
  timeDirection: "--time",
};

function latentOf(text: string): LatentShape {
  const [c, h, w, ...rest] = text.split(",").map(Number);
  if (c && h && w && rest.length === 0 && [c, h, w].every((size) => Number.isSafeInteger(size) && size > 0))
    return [c, h, w];
  throw new GMemError("CONFIG", `--latent: needs channels, height and width, such as 4,32,32, got "${text}"`);
}

/** @throws {GMemError} code `CONFIG` for another word. */
export function oneOf<const W extends string>(flag: string, word: string, words: readonly W[]): W {
  const found = words.find((known) => known === word);
  if (found !== undefined) return found;
  const hint = didYouMean(word, words);
  throw new GMemError("CONFIG", `${flag}: must be ${words.join(", ")}, got "${word}"${hint && `.${hint}`}`);
}
