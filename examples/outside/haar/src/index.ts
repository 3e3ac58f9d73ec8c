import type { Part, PartContexts, Tokenizer, TracedNetwork } from "@gmem/spec";
import {
  array,
  clamp,
  constant,
  conv2d,
  type NDArray,
  pixelShuffle,
  pixelUnshuffle,
  rowRunner,
  type Tensor,
} from "@gmem/tensor";

/** Average, left − right, top − bottom and diagonal of four pixels; its own inverse. */
const haarMatrix = [
  [0.5, 0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5, -0.5],
  [0.5, 0.5, -0.5, -0.5],
  [0.5, -0.5, -0.5, 0.5],
].flat();

/** The matrix for the four values of each of three colours: [N,12,h,w] → [N,12,h,w]. */
const butterfly = (x: Tensor): Tensor => {
  const weight = constant(array([...haarMatrix, ...haarMatrix, ...haarMatrix], [12, 4, 1, 1]));
  return conv2d(x, weight, { groups: 3 });
};

const encode: TracedNetwork = {
  parameters: {},
  apply: (_, images) => butterfly(pixelUnshuffle(images.mul(2).sub(1), 2)), // [N,3,H,W] → [N,12,H/2,W/2]
};

const decode: TracedNetwork = {
  parameters: {},
  apply: (_, latents) => clamp(pixelShuffle(butterfly(latents), 2).add(1).mul(0.5), 0, 1), // [N,3,H,W]
};

/**
 * One level of the orthonormal Haar transform: images [N,3,H,W] ∈ [0,1] ↔ latents [N,12,H/2,W/2] without a loss. For
 * `defineRun({ tokenizer: haar() })`.
 */
export function haar(): Part<"tokenizer"> {
  const open = ({ engine }: PartContexts["tokenizer"]): Tokenizer => {
    const runner = rowRunner({ engine, batchSize: 8 });
    const through =
      (name: string, { apply }: TracedNetwork) =>
      async (x: NDArray<"f32">) =>
        (await runner.run(x, { name, network: (p, rows) => ({ y: apply(p, rows) }) })).y;
    return {
      name: "haar",
      latent: (size) => [12, size / 2, size / 2],
      encode: through("encode", encode),
      decode: through("decode", decode),
      networks: { encode, decode },
    };
  };
  return Object.assign(open, { origin: { package: "@gmem-example/haar", export: "haar", options: {} } });
}
