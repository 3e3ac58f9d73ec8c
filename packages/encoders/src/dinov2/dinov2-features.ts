import { attention, layerNorm, linear, param, patchEmbed, swiglu } from "@gmem/nn";
import { broadcast, concat, geluErf, type Named, ShapeError, slice, type Tensor } from "@gmem/tensor";
import type { Dinov2Config } from "./config.ts";
import { positionTable } from "./position-table.ts";

/** Tokens after the last block and the final LayerNorm. */
export interface Dinov2Features {
  /** f(x), the class token [N,D]. */
  readonly classToken: Tensor;
  /** [N,R,D], of a network that has them. */
  readonly registers?: Tensor;
  /** [N,T,D], T patches in rows: what REPA aligns with. */
  readonly patches: Tensor;
}

type Network = Pick<Dinov2Config, "depth" | "heads" | "feedForward" | "patchSize" | "registers" | "positions">;

/**
 * DINOv2 (Oquab et al. 2024; registers: Darcet et al. 2024) on normalised images [N,3,H,W] of whole patches, any height and
 * width. A smaller `depth` gives an earlier layer's tokens, with the final norm.
 * @throws {ShapeError} if the patch size does not divide the image.
 * @example
 * const config = { ...dinov2S, depth: 1, hiddenSize: 8, heads: 2 };
 * trace({ feeds: { x: f32(1, 3, 28, 42) }, state: dinov2Parameters(config) }, ({ feeds, state }) => ({
 *   fetches: { y: dinov2Features(state, feeds.x, config).patches }, // [1,6,8]
 * }));
 */
export function dinov2Features(p: Named<Tensor>, x: Tensor, config: Network): Dinov2Features {
  const { depth, patchSize, registers: r, positions } = config;
  const [n, , height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / patchSize, width / patchSize];
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new ShapeError("dinov2Features", `height and width must be multiples of ${patchSize}`, [x.shape]);

  const patches = patchEmbed(p, "patch_embed", x, patchSize); // [N,T,D]
  const d = patches.shape[2] as number;
  const repeat = (token: Tensor): Tensor => broadcast(token, [n, token.shape[1] as number, d]);
  const tokens = concat([repeat(param(p, "cls_token")), patches], 1); // [N,1+T,D]
  let h = tokens.add(positionTable(param(p, "pos_embed"), { rows, columns, positions })); // [N,1+T,D]
  if (r > 0) {
    const rest = slice(h, 1, [1, 1 + rows * columns]); // [N,T,D]
    h = concat([slice(h, 1, [0, 1]), repeat(param(p, "register_tokens")), rest], 1); // [N,1+R+T,D]
  }
  for (let i = 0; i < depth; i++) h = block(p, `blocks.${i}`, h, config); // [N,1+R+T,D]
  const y = layerNorm(h, { p, at: "norm" }); // [N,1+R+T,D]
  return {
    classToken: slice(y, 1, [0, 1]).reshape([n, d]), // [N,D]
    ...(r > 0 && { registers: slice(y, 1, [1, 1 + r]) }), // [N,R,D]
    patches: slice(y, 1, [1 + r, 1 + r + rows * columns]), // [N,T,D]
  };
}

/** h ← h + γ₁ ⊙ attn(norm₁ h); h ← h + γ₂ ⊙ ffn(norm₂ h), without γ where a network has none. [N,T,D]. */
function block(p: Named<Tensor>, at: string, h: Tensor, { heads, feedForward }: Network): Tensor {
  const attended = attention(p, `${at}.attn`, layerNorm(h, { p, at: `${at}.norm1` }), { heads }); // [N,T,D]
  const scaled = (y: Tensor, name: string): Tensor => {
    const gamma = p[`${at}.${name}.gamma`];
    return gamma ? y.mul(gamma) : y;
  };
  const u = h.add(scaled(attended, "ls1")); // [N,T,D]
  const normed = layerNorm(u, { p, at: `${at}.norm2` }); // [N,T,D]
  const y = layers[feedForward](p, `${at}.mlp`, normed); // [N,T,D]
  return u.add(scaled(y, "ls2")); // [N,T,D]
}

/** fc2(GELU(fc1 x)), exact GELU. */
const mlp = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  linear(p, `${at}.fc2`, geluErf(linear(p, `${at}.fc1`, x)));

const layers: { readonly [kind in Dinov2Config["feedForward"]]: typeof mlp } = {
  mlp,
  swiglu,
  identity: (_p, _at, x) => x,
};
