import { exp, type Named, type NDArray } from "@gmem/tensor";
import {
  type KlVaeConfig,
  klDivergence,
  klVaeDecoder,
  klVaeEncoder,
  klVaeMoments,
  klVaeWeights,
  posterior,
  samplePosterior,
} from "@gmem/tokenizers/sd-vae";
import type { ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

/** Our configuration out of the original's `ddconfig`, which names attention by the size of the image there. */
export function klVaeConfig(file: ParityFile): KlVaeConfig {
  const official = JSON.parse(file.metadata.ddconfig ?? "{}") as Record<string, number & readonly number[]>;
  const multipliers = (official.ch_mult ?? []) as readonly number[];
  const sizes = multipliers.map((_, level) => Number(official.resolution) / 2 ** level);
  return {
    channels: Number(official.ch),
    multipliers,
    residualBlocks: Number(official.num_res_blocks),
    attentionLevels: sizes.flatMap((size, level) =>
      (official.attn_resolutions as readonly number[]).includes(size) ? [level] : [],
    ),
    zChannels: Number(official.z_channels),
    latentChannels: Number(file.metadata.embed_dim),
  };
}

/** All that the networks of a file give; `noise` has the latents' shape. */
export function klVaeOutputs(file: ParityFile, noise?: NDArray): Named<NDArray> {
  const config = klVaeConfig(file);
  const params = klVaeWeights(config, file.part("w/"));
  const feeds = { x: file.get("in/x"), z: file.get("in/z"), noise: noise ?? file.get("in/z") };
  return compute({ feeds, params }, (at, p) => {
    const moments = klVaeMoments(config, p, at.x);
    const q = posterior(moments);
    return {
      encoder: klVaeEncoder(config, p, at.x),
      moments,
      mean: q.mean,
      logvar: q.logvar,
      std: exp(q.logvar.mul(0.5)),
      sample: samplePosterior(q, at.noise),
      kl: klDivergence(q),
      decode: klVaeDecoder(config, p, at.z),
      reconstruction: klVaeDecoder(config, p, q.mean),
    };
  });
}
