import { weightAndBias } from "@gmem/nn";
import { type Aval, f32, type Named } from "@gmem/tensor";
import type { Dinov2Config } from "./config.ts";

/** Units of the feed-forward layer: 4D, or of the gated one two thirds of it, rounded up to a multiple of 8. */
const feedForwardWidth = ({ hiddenSize, feedForward }: Dinov2Config): number =>
  feedForward === "mlp" ? 4 * hiddenSize : Math.ceil(Math.floor((8 * hiddenSize) / 3) / 8) * 8;

/**
 * Names and shapes of the parameters, as in the official checkpoints.
 * @example
 * const shapes = dinov2Parameters(dinov2B);
 * shapes["pos_embed"]; // { dtype: "f32", shape: [1, 1370, 768] }
 */
export function dinov2Parameters(config: Dinov2Config): Named<Aval> {
  const { depth, hiddenSize: d, patchSize, registers, positionGrid, feedForward } = config;
  const h = feedForwardWidth(config);
  const block = (at: string): Record<string, Aval> => ({
    ...weightAndBias(`${at}.norm1`, [d]),
    ...weightAndBias(`${at}.attn.qkv`, [3 * d, d]),
    ...weightAndBias(`${at}.attn.proj`, [d, d]),
    [`${at}.ls1.gamma`]: f32(d),
    ...weightAndBias(`${at}.norm2`, [d]),
    ...(feedForward === "mlp" && {
      ...weightAndBias(`${at}.mlp.fc1`, [h, d]),
      ...weightAndBias(`${at}.mlp.fc2`, [d, h]),
    }),
    ...(feedForward === "swiglu" && {
      ...weightAndBias(`${at}.mlp.w12`, [2 * h, d]),
      ...weightAndBias(`${at}.mlp.w3`, [d, h]),
    }),
    [`${at}.ls2.gamma`]: f32(d),
  });
  return {
    cls_token: f32(1, 1, d),
    pos_embed: f32(1, 1 + positionGrid ** 2, d),
    ...(registers > 0 && { register_tokens: f32(1, registers, d) }),
    ...weightAndBias("patch_embed.proj", [d, 3, patchSize, patchSize]),
    ...Object.assign({}, ...Array.from({ length: depth }, (_, i) => block(`blocks.${i}`))),
    ...weightAndBias("norm", [d]),
  };
}
