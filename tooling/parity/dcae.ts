import { type DcAeConfig, type DcAeStage, dcAeDecoder, dcAeEncoder, dcAeWeights } from "@gmem/tokenizers/dc-ae";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

/** `encoder.width_list=[8,8] latent_channels=8` → lists of words by name. */
const settings = (text: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    text.split(" ").map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      return [name, value.replace(/[[\]]/g, "").split(",")];
    }),
  );

/** Our configuration out of the original's list; what it leaves out has the original's defaults. */
function dcAeConfig(file: ParityFile): DcAeConfig {
  const official = settings(file.metadata.config ?? "");
  const stages = (side: "encoder" | "decoder"): readonly DcAeStage[] =>
    (official[`${side}.width_list`] ?? []).map((width, i) => ({
      width: Number(width),
      depth: Number(official[`${side}.depth_list`]?.[i]),
      block: official[`${side}.block_type`]?.[i] === "ResBlock" ? "residual" : "attention",
      norm: official[`${side}.norm`]?.[i] === "bn2d" ? "batch" : "rms",
      activation: official[`${side}.act`]?.[i] === "relu" ? "relu" : "silu",
      scales: [],
    }));
  return {
    latentChannels: Number(official.latent_channels?.[0]),
    encoder: { stages: stages("encoder"), downsample: "unshuffle" },
    decoder: { stages: stages("decoder"), upsample: "shuffle" },
    scale: 1,
  };
}

/** The deep-compression autoencoder of efficientvit, in both forms of its attention. */
export const dcae: ParityCase = {
  component: "dcae",
  async run(file) {
    const config = dcAeConfig(file);
    const params = dcAeWeights(config, file.part("w/"));
    const feeds = {
      x: file.get("in/x"),
      small: file.get("in/x_small"),
      z: file.get("in/z"),
      wide: file.get("in/z_3x5"),
    };
    return compute({ feeds, params }, (at, p) => ({
      "out/encode": dcAeEncoder(config, p, at.x),
      "out/encode_small": dcAeEncoder(config, p, at.small),
      "out/decode": dcAeDecoder(config, p, at.z),
      "out/decode_3x5": dcAeDecoder(config, p, at.wide),
    }));
  },
  tolerance: () => ({ atol: 2e-4 }),
};
