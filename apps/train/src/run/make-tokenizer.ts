import type { LatentShape, Tokenizer } from "@gmem/spec";
import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { type DcAeConfig, dcAe, dcAeF32C32, dcAeF64C128, dcAeSana } from "@gmem/tokenizers/dc-ae";
import { pixels } from "@gmem/tokenizers/pixels";
import { type KlVaeConfig, type KlVaeTokenizer, sdVae, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { vaVae, vaVaeF16D32 } from "@gmem/tokenizers/va-vae";
import { readWeights } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { weightsFile } from "./weights-file.ts";

/** A tokenizer that may know the distribution of its latents. */
export type OpenTokenizer = Tokenizer & Partial<Pick<KlVaeTokenizer, "posterior">>;

type Settings = RunConfig["tokenizer"];

const dcAeVariants = { f32c32: dcAeF32C32, f64c128: dcAeF64C128, sana: dcAeSana } as const;

/** The tokenizer of a run, with its weights. @throws {GMemError} code `CONFIG` if they are not given. */
export async function makeTokenizer(
  { tokenizer: settings, image }: Pick<RunConfig, "tokenizer" | "image">,
  { engine, signal }: { readonly engine: Engine; readonly signal?: AbortSignal | undefined },
): Promise<OpenTokenizer> {
  if (settings.kind === "pixels") return pixels({ size: image.size });
  const path = await weightsFile("tokenizer.weights", settings.weights, { what: settings.kind, signal });
  const { tensors: weights } = await readWeights(path);
  switch (settings.kind) {
    case "sd-vae":
      return sdVae(klVaeConfig(settings), { engine, weights });
    case "va-vae":
      return vaVae(klVaeConfig(settings), { engine, weights, ...(await statisticsOf(settings, signal)) });
    case "dc-ae":
      return dcAe(dcAeConfig(settings), { engine, weights });
  }
}

/** [C,H,W] of the latents of a run, without opening its tokenizer. */
export function latentShape({ tokenizer, image }: Pick<RunConfig, "tokenizer" | "image">): LatentShape {
  if (tokenizer.kind === "pixels") return [3, image.size, image.size];
  const [channels, factor] =
    tokenizer.kind === "dc-ae"
      ? [dcAeConfig(tokenizer).latentChannels, 2 ** (dcAeConfig(tokenizer).encoder.stages.length - 1)]
      : [klVaeConfig(tokenizer).latentChannels, 2 ** (klVaeConfig(tokenizer).multipliers.length - 1)];
  if (image.size % factor !== 0)
    throw new GMemError("CONFIG", `image.size: ${tokenizer.kind} needs a multiple of ${factor}, got ${image.size}`);
  return [channels, image.size / factor, image.size / factor];
}

const klVaeConfig = ({ kind, network }: Extract<Settings, { kind: "sd-vae" | "va-vae" }>): KlVaeConfig => ({
  ...(kind === "sd-vae" ? sdVaeF8D4 : vaVaeF16D32),
  ...network,
});

const dcAeConfig = ({ variant, network }: Extract<Settings, { kind: "dc-ae" }>): DcAeConfig => ({
  ...dcAeVariants[variant],
  ...network,
});

/** Channel statistics of VA-VAE's latents; without them latents stay as they are. */
async function statisticsOf(
  { statistics }: Extract<Settings, { kind: "va-vae" }>,
  signal: AbortSignal | undefined,
): Promise<{ statistics?: { mean: NDArray["data"]; std: NDArray["data"] } }> {
  if (statistics === null) return {};
  const path = await weightsFile("tokenizer.statistics", statistics, { what: "the latents' statistics", signal });
  const { mean, std } = (await readWeights(path)).tensors;
  if (!mean || !std)
    throw new GMemError("WEIGHTS", `tokenizer.statistics: ${path} must hold "mean" and "std", got one or none of them`);
  return { statistics: { mean: mean.data, std: std.data } };
}
