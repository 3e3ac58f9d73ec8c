import { linear, linearInit } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { GMemError, type NDArray, type Rng, silu, type Tensor } from "@gmem/tensor";
import type { CaptionAdapterConfig } from "./caption-adapter.ts";

/** How a snippet becomes as wide as the backbone. */
export type AdapterConfig = SAdapterConfig | CaptionAdapterConfig;

/** An S-Adapter: one row of D beside the time embedding. */
export type SAdapterConfig =
  | {
      /** One linear layer (§4.1), the default; `condition_projection.linear` in official checkpoints. */
      readonly kind: "linear";
      /** Factor on the unit snippet before the projection; default 1, as in the paper. Short runs learn sooner with 4–8. */
      readonly gain?: number;
    }
  | {
      /** Three layers with SiLU between (F.6). */
      readonly kind: "mlp3";
      readonly gain?: number;
      /** Default 2048. */
      readonly hiddenSize?: number;
    }
  | { readonly kind: "identity"; readonly gain?: number };

/** The S-Adapter: its parameters and its traced half. */
export interface SAdapter {
  readonly kind: SAdapterConfig["kind"];
  init(rng: Rng): Params<NDArray>;
  /** s [N,d] → e_s [N,D]. */
  apply(p: Params, s: Tensor): Tensor;
}

const root = "condition_projection";

/** Names of the linear S-Adapter's parameters, W [D,d] and b [D]. */
export const linearAdapterNames: { readonly weight: string; readonly bias: string } = {
  weight: `${root}.linear.weight`,
  bias: `${root}.linear.bias`,
};

/**
 * Builds the S-Adapter, e_s = W(gain·s) + b (§4.1), from snippets of width `from` to embeddings of width `to`.
 * Weights start Xavier-uniform, biases at 0.
 * @throws {GMemError} code `CONFIG` for an identity between different widths, or a gain that is not positive.
 * @example
 * const adapter = sAdapter({ kind: "linear", gain: 4 }, { from: 32, to: 64 });
 * const parameters = adapter.init(key(0)); // condition_projection.linear.weight [64,32], .bias [64]
 */
export function sAdapter(config: SAdapterConfig, widths: { readonly from: number; readonly to: number }): SAdapter {
  const { kind, gain = 1 } = config;
  const { from, to } = widths;
  if (!(gain > 0 && Number.isFinite(gain)))
    throw new GMemError("CONFIG", `sAdapter: gain must be positive, got ${gain}; 1 is the paper's`);
  if (kind === "identity" && from !== to)
    throw new GMemError("CONFIG", `sAdapter: an identity needs equal widths, got ${from} and ${to}; use kind "linear"`);
  const layers = layerWidths(config, from, to);
  const scaled = (s: Tensor): Tensor => (gain === 1 ? s : s.mul(gain));
  return {
    kind,
    init: (rng) =>
      Object.assign({}, ...layers.map(({ at, shape: [out, width] }) => linearInit(rng, at, { in: width, out }))),
    apply(p, s) {
      let h = scaled(s); // [N,d]
      layers.forEach(({ at }, i) => {
        h = linear(p, at, i === 0 ? h : silu(h)); // [N,hidden] … [N,D]
      });
      return h;
    },
  };
}

interface Layer {
  readonly at: string;
  readonly shape: readonly [out: number, in_: number];
}

function layerWidths(config: SAdapterConfig, from: number, to: number): readonly Layer[] {
  if (config.kind === "identity") return [];
  if (config.kind === "linear") return [{ at: `${root}.linear`, shape: [to, from] }];
  const hidden = config.hiddenSize ?? 2048;
  return [
    { at: `${root}.mlp.0`, shape: [hidden, from] },
    { at: `${root}.mlp.2`, shape: [hidden, hidden] },
    { at: `${root}.mlp.4`, shape: [to, hidden] },
  ];
}
