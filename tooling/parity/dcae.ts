import { GMemError, type Named, type NDArray, type Tensor } from "@gmem/tensor";
import {
  type DcAeActivation,
  type DcAeConfig,
  type DcAeNorm,
  type DcAeStage,
  dcAeDecoder,
  dcAeEncoder,
  dcAeWeights,
} from "@gmem/tokenizers/dc-ae";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

type Settings = Readonly<Record<string, readonly string[]>>;
type Side = "encoder" | "decoder";

/** `encoder.width_list=[8,8] latent_channels=8`, or the same as JSON → lists of words by name. */
function settings(text: string): Settings {
  if (!text.trimStart().startsWith("{"))
    return Object.fromEntries(
      text
        .trim()
        .split(/\s+/)
        .map((pair) => {
          const [name = "", value = ""] = pair.split("=");
          return [name, value.replace(/[[\]]/g, "").split(",")];
        }),
    );
  const flat = (value: object, prefix: string): [string, string[]][] =>
    Object.entries(value).flatMap(([name, inner]): [string, string[]][] =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? flat(inner, `${prefix}${name}.`)
        : [[prefix + name, [inner].flat().map(String)]],
    );
  return Object.fromEntries(flat(JSON.parse(text) as object, ""));
}

const blocks: Readonly<Record<string, Pick<DcAeStage, "block" | "scales">>> = {
  ResBlock: { block: "residual", scales: [] },
  EViT_GLU: { block: "attention", scales: [] },
  EViTS5_GLU: { block: "attention", scales: [5] },
};
const norms: Readonly<Record<string, DcAeNorm>> = { trms2d: "rms", bn2d: "batch", ln2d: "layer" };
const activations: Readonly<Record<string, DcAeActivation>> = {
  relu: "relu",
  relu6: "relu6",
  hswish: "hardswish",
  silu: "silu",
  gelu: "gelu",
};

/** What the original's registries give for a name; nothing at all for an unknown one. */
const norm = (name: string): DcAeNorm => norms[name] ?? "none";
const activation = (name: string): DcAeActivation => activations[name] ?? "none";

/** Our configuration out of the original's list; what it leaves out has the original's defaults. */
function dcAeConfig(file: ParityFile): DcAeConfig {
  const official = settings(file.metadata.config ?? "");
  const word = (name: string, otherwise: string): string => official[name]?.[0] ?? otherwise;
  /** Of one stage: a list has one for each, a word is for all. */
  const of = (name: string, stage: number, otherwise: string): string => {
    const list = official[name] ?? [otherwise];
    return (list.length === 1 ? list[0] : list[stage]) ?? otherwise;
  };
  const usual = ["128", "256", "512", "512", "1024", "1024"];
  const stages = (side: Side): readonly DcAeStage[] =>
    (official[`${side}.width_list`] ?? usual).map((width, i) => {
      const kind = of(`${side}.block_type`, i, "ResBlock");
      const block = Object.hasOwn(blocks, kind) ? blocks[kind] : undefined;
      if (!block)
        throw new GMemError("DATA", `${file.name}: blocks are ${Object.keys(blocks).join(", ")}, got "${kind}"`);
      return {
        width: Number(width),
        depth: Number(official[`${side}.depth_list`]?.[i] ?? 2),
        ...block,
        norm: norm(of(`${side}.norm`, i, "trms2d")),
        activation: activation(of(`${side}.act`, i, "silu")),
      };
    });
  const has = (name: string, usual: string): boolean => !/^(none|null)$/i.test(word(name, usual));
  return {
    latentChannels: Number(word("latent_channels", "32")),
    imageChannels: Number(word("in_channels", "3")),
    encoder: {
      stages: stages("encoder"),
      downsample: word("encoder.downsample_block_type", "ConvPixelUnshuffle") === "Conv" ? "stride" : "unshuffle",
      downsampleShortcut: has("encoder.downsample_shortcut", "averaging"),
      outActivation: activation(word("encoder.out_act", "None")),
      outShortcut: has("encoder.out_shortcut", "averaging"),
      doubleLatent: word("encoder.double_latent", "false").toLowerCase() === "true",
    },
    decoder: {
      stages: stages("decoder"),
      upsample: word("decoder.upsample_block_type", "ConvPixelShuffle") === "InterpolateConv" ? "nearest" : "shuffle",
      inShortcut: has("decoder.in_shortcut", "duplicating"),
      upsampleShortcut: has("decoder.upsample_shortcut", "duplicating"),
      outNorm: norm(word("decoder.out_norm", "trms2d")),
      outActivation: activation(word("decoder.out_act", "relu")),
    },
    scale: 1,
  };
}

/** The deep-compression autoencoder of efficientvit: `in/x…` → `out/encode…`, `in/z…` → `out/decode…`. */
export const dcae: ParityCase = {
  component: "dcae",
  async run(file) {
    const config = dcAeConfig(file);
    const params = dcAeWeights(config, file.part("w/"));
    const feeds = file.part("in/");
    return compute({ feeds, params }, (at, p) => {
      const results: Record<string, Tensor> = {};
      for (const [name, input] of Object.entries(at)) {
        if (name.startsWith("x")) results[`out/encode${name.slice(1)}`] = dcAeEncoder(config, p, input);
        else results[`out/decode${name.slice(1)}`] = dcAeDecoder(config, p, input);
      }
      return results;
    }) as Named<NDArray>;
  },
  tolerance: () => ({ atol: 2e-4 }),
};
