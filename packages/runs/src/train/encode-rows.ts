import { flipRows } from "@gmem/datasets";
import { targetsName } from "@gmem/datasets/latents";
import { unitRows } from "@gmem/memory-bank";
import { concatRows, key, type Named, type NDArray } from "@gmem/tensor";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import type { OpenTokenizer } from "../parts/tokenizer-kind.ts";
import type { RepaEncoders } from "./repa-encoders.ts";

export interface EncodeRowsOptions {
  readonly tokenizer: OpenTokenizer;
  /** Keeps mean and deviation of each latent for a fresh sample at every visit, or one sample drawn now. */
  readonly posterior: "each visit" | "once";
  /** Gives snippets. */
  readonly encoder?: OpenEncoder;
  /** Give REPA's targets. */
  readonly targets?: Pick<RepaEncoders, "encoders" | "grid">;
  /** Keeps the mirror images as well. */
  readonly flip: boolean;
  readonly seed: number;
}

/** What training needs of images [n,3,H,W] ∈ [0,1], under the names of stored latents. */
export function encodeRows(
  options: EncodeRowsOptions,
): (images: NDArray<"f32">, rows: Int32Array) => Promise<Named<NDArray<"f32">>> {
  return async (images, rows) => {
    const own = await oriented(images, { ...options, rows, side: "picture" });
    if (!options.flip) return own;
    const other = await oriented(flipRows(images), { ...options, rows, side: "mirror" });
    return { ...own, ...Object.fromEntries(Object.entries(other).map(([name, value]) => [`${name}_flip`, value])) };
  };
}

interface Side extends EncodeRowsOptions {
  readonly rows: Int32Array;
  readonly side: "picture" | "mirror";
}

async function oriented(images: NDArray<"f32">, side: Side): Promise<Named<NDArray<"f32">>> {
  const { encoder, targets } = side;
  const found: Record<string, NDArray<"f32">> = { ...(await latentsOf(images, side)) };
  const isShared = encoder !== undefined && targets?.encoders[0] === encoder;
  const both = isShared ? await encoder.tokens?.(images) : undefined; // snippets and targets in one pass
  if (encoder) found.snippets = unitRows(both?.classToken ?? (await encoder.encode(images)));
  if (!targets) return found;
  const { encoders, grid } = targets;
  for (const [i, one] of encoders.entries()) {
    const fits = i === 0 && both?.patches.shape[1] === grid ** 2;
    found[targetsName(i)] = both && fits ? both.patches : await one.patchTokens(images, { grid });
  }
  return found;
}

async function latentsOf(images: NDArray<"f32">, { tokenizer, posterior, rows, seed, side }: Side) {
  if (!tokenizer.posterior) return { latents: await tokenizer.encode(images) };
  const { mean, std } = await tokenizer.posterior(images);
  if (posterior === "each visit") return { latents: mean, deviations: std };
  const rng = key(seed).split("posterior").split(side);
  const noise = concatRows(Array.from(rows, (row) => rng.split(row).normal([1, ...mean.shape.slice(1)])));
  const data = mean.data.map((value, i) => value + (std.data[i] as number) * (noise.data[i] as number));
  return { latents: { ...mean, data } };
}
