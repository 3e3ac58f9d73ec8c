import { sit } from "@gmem/backbones/sit";
import { build, conditioner } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import type { Backbone, VelocityModel } from "@gmem/spec";
import { key } from "@gmem/tensor";

/** Sizes of a bench, as the peer reads them. */
export interface Size {
  readonly d: number;
  readonly depth: number;
  readonly heads: number;
  readonly channels: number;
  readonly side: number;
  readonly patch: number;
  readonly batch: number;
}

export const sizes: Readonly<Record<"demo" | "d128" | "d384" | "d768", Size>> = {
  demo: { d: 128, depth: 6, heads: 4, channels: 3, side: 16, patch: 4, batch: 16 }, // T = 16
  d128: { d: 128, depth: 6, heads: 4, channels: 3, side: 16, patch: 2, batch: 64 }, // T = 64
  d384: { d: 384, depth: 12, heads: 6, channels: 4, side: 32, patch: 2, batch: 8 }, // T = 256
  d768: { d: 768, depth: 12, heads: 12, channels: 4, side: 32, patch: 2, batch: 4 }, // T = 256, 130M parameters
};

/** How adaLN begins: "zero" as in runs; by default drawn, so that all of the network takes part from the first step. */
export type Beginning = "xavier" | "zero";

/** A SiT of that size, conditioned on 768-wide snippets. */
export function network(size: Size, adaLNInit?: Beginning): VelocityModel {
  const bank = build(key(0).normal([Math.max(64, size.batch), 768]));
  return velocityModel({ conditioner: conditioner({ bank }), backbone: backboneOf(size, adaLNInit) });
}

/** A SiT of that size. */
export const backboneOf = (size: Size, adaLNInit: Beginning = "xavier"): Required<Backbone> =>
  sit({
    latent: [size.channels, size.side, size.side],
    patchSize: size.patch,
    depth: size.depth,
    hiddenSize: size.d,
    heads: size.heads,
    adaLNInit,
  });
