import {
  adaLN,
  layerNorm,
  linear,
  linearInit,
  mlp,
  modulate,
  patchEmbed,
  timestepEmbedding,
  unpatchify,
} from "@gmem/nn";
import type { Backbone, LatentShape, Part, PartContexts } from "@gmem/spec";
import { array, type NDArray, type Rng, type Tensor } from "@gmem/tensor";

export interface MixerConfig {
  /** p; divides height and width of the latents. */
  readonly patchSize: number;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
}

/**
 * MLP-Mixer (Tolstikhin et al. 2021) under adaptive layer norm: tokens are mixed by an MLP over positions where a transformer
 * attends. For `defineRun({ backbone: mixer({ … }) })`.
 */
export function mixer(config: MixerConfig): Part<"backbone"> {
  const open = ({ latent, tapAfter }: PartContexts["backbone"]): Backbone => network({ ...config, tapAfter }, latent);
  return Object.assign(open, { origin: { package: "@gmem-example/mixer", export: "mixer", options: config } });
}

function network(config: MixerConfig & { readonly tapAfter: number | undefined }, latent: LatentShape): Backbone {
  const { patchSize, depth, hiddenSize, tapAfter } = config;
  const [, height, width] = latent;
  const grid = { patchSize, rows: height / patchSize, columns: width / patchSize };
  return {
    name: "mixer",
    latent,
    hiddenSize,
    config: { ...config },
    frozen: [],
    init: (rng) => parameters(rng, config, latent),
    apply(p, x, t, c) {
      let h = patchEmbed(p, "patch", x, patchSize); // [N,T,D]  T = HW/p²
      const e = timestepEmbedding(p, "time", t).add(c); // [N,D]
      let tap: Tensor | undefined;
      for (let i = 0; i < depth; i++) {
        const [shift1, scale1, gate1, shift2, scale2, gate2] = adaLN(p, `blocks.${i}.adaLN`, e, 6) as Six; // 6 × [N,1,D]
        const y = modulate(layerNorm(h), shift1, scale1).transpose([0, 2, 1]); // [N,D,T]
        h = h.add(gate1.mul(mlp(p, `blocks.${i}.tokens`, y).transpose([0, 2, 1]))); // [N,T,D]
        h = h.add(gate2.mul(mlp(p, `blocks.${i}.channels`, modulate(layerNorm(h), shift2, scale2)))); // [N,T,D]
        if (i + 1 === tapAfter) tap = h;
      }
      const output = unpatchify(linear(p, "out", layerNorm(h)), grid); // [N,C,H,W]
      return tap ? { output, tap } : { output };
    },
  };
}

type Six = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** Xavier; gates and the last layer start at zero, so that each block starts as the identity. */
function parameters(rng: Rng, { patchSize, depth, hiddenSize: D }: MixerConfig, [C, H, W]: LatentShape) {
  const features = C * patchSize ** 2;
  const tokens = (H * W) / patchSize ** 2;
  const own = (
    at: string,
    sizes: Omit<Parameters<typeof linearInit>[2], "weight">,
    weight: "xavier" | "zero" = "xavier",
  ) => linearInit(rng, at, { ...sizes, weight });
  const kernel = own("patch.proj", { in: features, out: D });
  const weight = kernel["patch.proj.weight"] as NDArray<"f32">;
  const blocks = Array.from({ length: depth }, (_, i) => ({
    ...own(`blocks.${i}.tokens.fc1`, { in: tokens, out: 2 * tokens }),
    ...own(`blocks.${i}.tokens.fc2`, { in: 2 * tokens, out: tokens }),
    ...own(`blocks.${i}.channels.fc1`, { in: D, out: 4 * D }),
    ...own(`blocks.${i}.channels.fc2`, { in: 4 * D, out: D }),
    ...own(`blocks.${i}.adaLN.1`, { in: D, out: 6 * D }, "zero"),
  }));
  return {
    ...kernel,
    "patch.proj.weight": array(weight.data, [D, C, patchSize, patchSize]),
    ...own("time.mlp.0", { in: 256, out: D }),
    ...own("time.mlp.2", { in: D, out: D }),
    ...(Object.assign({}, ...blocks) as Record<string, NDArray>),
    ...own("out", { in: D, out: features }, "zero"),
  };
}
