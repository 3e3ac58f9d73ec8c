import { flipRows } from "@gmem/datasets";
import { unitRows } from "@gmem/memory-bank";
import { concatRows, key, type Named, type NDArray } from "@gmem/tensor";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import type { OpenTokenizer } from "../parts/tokenizer-kind.ts";

export interface EncodeRowsOptions {
  readonly tokenizer: OpenTokenizer;
  /** Keeps mean and deviation of each latent for a fresh sample at every visit, or one sample drawn now. */
  readonly posterior: "each visit" | "once";
  /** Gives snippets. */
  readonly encoder?: OpenEncoder;
  /** Tokens a side of REPA's targets; the encoder must give them. */
  readonly grid?: number;
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
  const { encoder, grid } = side;
  const latents = await latentsOf(images, side);
  if (!encoder) return latents;
  if (grid === undefined || !encoder.patchTokens)
    return { ...latents, snippets: unitRows(await encoder.encode(images)) };
  const both = await encoder.tokens?.(images);
  const fits = both?.patches.shape[1] === grid ** 2;
  return {
    ...latents,
    snippets: unitRows(both?.classToken ?? (await encoder.encode(images))),
    targets: both && fits ? both.patches : await encoder.patchTokens(images, { grid }),
  };
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
