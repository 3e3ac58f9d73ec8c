import type { Encoder, TracedNetwork } from "@gmem/spec";
import { type Aval, f32, maximum, type Named, type Shape, sqrt, sumSquare, type Tensor, trace } from "@gmem/tensor";
import type { ExportPart } from "./export-part.ts";

type Networks = { readonly encode: TracedNetwork; readonly decode: TracedNetwork };

const pictures = "pictures, channels red, green, blue in [0,1]";

/** The tokenizer's halves: latents → images and images → latents. */
export function tokenizerParts(
  { encode, decode }: Networks,
  { latent, size }: { readonly latent: Shape; readonly size: number },
): readonly ExportPart[] {
  const values = { images: pictures, latents: "latents, scaled as the backbone takes them" };
  return [
    {
      file: "decoder.onnx",
      meaning: "latents → images",
      values,
      parameters: decode.parameters,
      trace: (n) => through(decode, { input: ["latents", f32(n, ...latent)], outputs: (y) => ({ images: y }) }),
    },
    {
      file: "tokenizer-encoder.onnx",
      meaning: "images → latents",
      values,
      parameters: encode.parameters,
      trace: (n) => through(encode, { input: ["images", f32(n, 3, size, size)], outputs: (y) => ({ latents: y }) }),
    },
  ];
}

/** The encoder of the bank: images → features and snippets. */
export function encoderPart(
  { name }: Pick<Encoder, "name">,
  network: TracedNetwork,
  { size }: { readonly size: number },
): ExportPart {
  return {
    file: "encoder.onnx",
    meaning: `images → features of ${name}, and snippets`,
    values: {
      images: pictures,
      features: "f(x), as they come",
      snippet: "f(x)/‖f(x)‖₂: what backbone.onnx and sampler.onnx take",
    },
    parameters: network.parameters,
    trace: (n) =>
      through(network, {
        input: ["images", f32(n, 3, size, size)],
        outputs(features) {
          const norm = maximum(sqrt(sumSquare(features, { axes: [1], keepDims: true })), 1e-12); // [N,1]
          return { features, snippet: features.div(norm) }; // [N,d]
        },
      }),
  };
}

function through(
  network: TracedNetwork,
  io: { readonly input: readonly [name: string, aval: Aval]; readonly outputs: (y: Tensor) => Named<Tensor> },
) {
  const [name, aval] = io.input;
  return trace<Named<Aval>, Named<Aval>>(
    { feeds: { [name]: aval }, state: network.parameters },
    ({ feeds, state }) => ({
      fetches: io.outputs(network.apply(state, feeds[name] as Tensor)),
    }),
  );
}
