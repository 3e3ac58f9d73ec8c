import { adaLN, attention, layerNorm, mlp, modulate, param, rmsNorm, rotate, swiglu } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import type { Tensor } from "@gmem/tensor";
import type { LightningDitConfig } from "./config.ts";

/** What a layer works on. */
export interface Layer {
  /** [N,T,D]. */
  readonly h: Tensor;
  /** e_t + c [N,D]. */
  readonly e: Tensor;
  readonly config: LightningDitConfig;
}

/** h + g₁·Attn(N h ⊙ (1+γ₁) + β₁), then the same with the MLP; (β,γ,g)₁,₂ = Linear(SiLU e), without β for woShift. */
export function lightningDitBlock(p: Params, at: string, { h, e, config }: Layer): Tensor {
  const { heads, qkNorm, rope = true, rmsNorm = true, swiglu: gated = true, woShift } = config;
  const parts = adaLN(p, `${at}.adaLN_modulation`, e, woShift ? 4 : 6); // 4 or 6 × [N,1,D]
  const [first, second] = [parts.slice(0, parts.length / 2), parts.slice(parts.length / 2)] as const;
  const [gate1, gate2] = [first.at(-1), second.at(-1)] as readonly [Tensor, Tensor];
  const turn = (x: Tensor): Tensor => rotate(x, param(p, "feat_rope.freqs_cos"), param(p, "feat_rope.freqs_sin"));
  const heading = {
    heads,
    ...(qkNorm ? { qkNorm: rmsNorm ? ("rms" as const) : ("layer" as const) } : {}),
    ...(rope ? { rotate: turn } : {}), // after q- and k-norm
  };
  const feedForward = gated ? swiglu : mlp;
  const y = h.add(gate1.mul(attention(p, `${at}.attn`, adapted(norm(p, `${at}.norm1`, h, config), first), heading))); // [N,T,D]
  return y.add(gate2.mul(feedForward(p, `${at}.mlp`, adapted(norm(p, `${at}.norm2`, y, config), second)))); // [N,T,D]
}

/** x ⊙ (1+γ) + β by (β, γ, g), or x ⊙ (1+γ) by (γ, g). */
const adapted = (x: Tensor, parts: readonly Tensor[]): Tensor => {
  const [scale, shift] = parts.slice(0, -1).reverse() as [Tensor, Tensor?];
  return shift ? modulate(x, shift, scale) : x.mul(scale.add(1));
};

/** RMS norm with `${at}.weight`, or a layer norm without parameters. */
export const norm = (p: Params, at: string, x: Tensor, config: LightningDitConfig): Tensor =>
  config.rmsNorm === false ? layerNorm(x) : rmsNorm(p, at, x);
