import type { Tokenizer } from "@gmem/spec";
import { clamp } from "@gmem/tensor";
import { checkImages, checkLatents } from "./check-shapes.ts";
import { type AutoencoderNetwork, ownParameters } from "./image-network.ts";
import { signed, unsigned } from "./signed-range.ts";

/** Both halves of an autoencoder for exporters, whole images only; each with the parameters that it reads. */
export function tracedHalves(network: AutoencoderNetwork): NonNullable<Tokenizer["networks"]> {
  const { encoder, decoder } = network;
  return {
    encode: {
      parameters: ownParameters(network, encoder),
      apply(p, x) {
        checkImages(network, x.shape);
        return encoder.program(p, signed(x)); // [N,C,H/f,W/f]
      },
    },
    decode: {
      parameters: ownParameters(network, decoder),
      apply(p, z) {
        checkLatents(network, z.shape);
        return clamp(unsigned(decoder.program(p, z)), 0, 1); // [N,3,f·h,f·w]
      },
    },
  };
}
