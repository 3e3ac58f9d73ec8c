import { lightningDit, lightningDitXL } from "@gmem/backbones/lightning-dit";
import { sana, sana16B } from "@gmem/backbones/sana";
import { sit, sitXL } from "@gmem/backbones/sit";
import { clipImage, clipImageParameters, clipL14, clipText, clipTextParameters } from "@gmem/encoders/clip";
import { dinov2B, dinov2Features, dinov2Parameters } from "@gmem/encoders/dinov2";
import type { Backbone } from "@gmem/spec";
import { type Aval, array, constant, key, type Named, type NDArray, type Shape, type Tensor } from "@gmem/tensor";
import { dcAeDecoder, dcAeEncoder, dcAeF32C32, dcAeParameters } from "@gmem/tokenizers/dc-ae";
import { type KlVaeConfig, klVaeDecoder, klVaeMoments, klVaeParameters, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { vaVaeF16D32 } from "@gmem/tokenizers/va-vae";

/** A published network, one forward of it, and what is asked of that. */
export interface FullSize {
  readonly name: string;
  /** Names and shapes of the official file. */
  parameters(): Named<Aval>;
  readonly feeds: Named<NDArray>;
  readonly program: (p: Named<Tensor>, feeds: Named<Tensor>) => Tensor;
  /** Its file has several GB. */
  readonly large?: boolean;
  /** Its file is so large that only one peer finds room beside ours: the eager one. */
  readonly besideOne?: boolean;
  /** Least ratio to PyTorch. */
  readonly atLeast: number;
}

const draw = key(7);

/** A velocity network on one latent, at t = 0.4, of an embedding. */
function diffusion(name: string, backbone: Required<Backbone>): FullSize {
  return {
    name,
    parameters: () => backbone.avals(),
    feeds: {
      x: draw.split("x").normal([1, ...backbone.latent]),
      t: array([0.4]),
      c: draw.split("c").normal([1, backbone.hiddenSize]),
    },
    program: (p, { x, t, c }) => backbone.apply(p, x as Tensor, t as Tensor, c as Tensor).output,
    large: true,
    atLeast: 1.1,
  };
}

/** Sana-1.6B for 512 pixels: 256 latent points of 32 channels, at t = 0.4, of a text of 300 tokens. */
function sanaForward(): FullSize {
  const latent = [32, 16, 16] as const;
  const backbone = sana({ ...sana16B, latent, patchSize: 1 });
  return {
    name: "forward-sana-1.6b",
    parameters: () => backbone.avals(),
    feeds: {
      x: draw.split("x").normal([1, ...latent]),
      t: array([0.4]),
      c: array(new Float32Array(sana16B.hiddenSize), [1, sana16B.hiddenSize]),
      tokens: draw.split("tokens").normal([1, 300, sana16B.contextDim]),
    },
    program: (p, { x, t, c, tokens }) =>
      backbone.apply(p, x as Tensor, t as Tensor, c as Tensor, {
        tokens: tokens as Tensor,
        mask: constant(array(new Float32Array(300).fill(1), [1, 300])),
      }).output,
    large: true,
    besideOne: true,
    atLeast: 1.1,
  };
}

/** A network of one array x. */
const single = (
  name: string,
  parameters: () => Named<Aval>,
  rest: { readonly x: NDArray; readonly atLeast: number; readonly program: (p: Named<Tensor>, x: Tensor) => Tensor },
): FullSize => ({
  name,
  parameters,
  atLeast: rest.atLeast,
  feeds: { x: rest.x },
  program: (p, feeds) => rest.program(p, feeds.x as Tensor),
});

const image = (side: number): NDArray => draw.split(`image ${side}`).normal([1, 3, side, side]);
/** A text of 75 words between the tokens that begin and end it. */
const ids = Int32Array.from({ length: 77 }, (_, i) => (i === 0 ? 49406 : i === 76 ? 49407 : (i * 1237) % 49000));

/** Both halves of an autoencoder on images of 256 pixels; convolutions. */
function autoencoder(
  name: string,
  parameters: () => Named<Aval>,
  halves: {
    readonly latent: Shape;
    readonly encode: (p: Named<Tensor>, x: Tensor) => Tensor;
    readonly decode: (p: Named<Tensor>, z: Tensor) => Tensor;
  },
): readonly FullSize[] {
  const latent = draw.split(name).normal([1, ...halves.latent]);
  return [
    single(`${name}-encode`, parameters, { x: image(256), atLeast: 0.95, program: halves.encode }),
    single(`${name}-decode`, parameters, { x: latent, atLeast: 0.95, program: halves.decode }),
  ];
}

const klVae = (name: string, config: KlVaeConfig, latent: Shape): readonly FullSize[] =>
  autoencoder(name, () => klVaeParameters(config), {
    latent,
    encode: (p, x) => klVaeMoments(config, p, x),
    decode: (p, z) => klVaeDecoder(config, p, z),
  });

/** The networks of the paper's tables, as large as they are. */
export const fullSizes: readonly FullSize[] = [
  diffusion("forward-sit-xl", sit({ ...sitXL, latent: [4, 32, 32], patchSize: 2, learnSigma: true })),
  diffusion("forward-ldit-xl", lightningDit({ ...lightningDitXL, latent: [32, 16, 16], patchSize: 1 })),
  sanaForward(),
  single("forward-dinov2-b", () => dinov2Parameters(dinov2B), {
    x: image(224),
    atLeast: 1.1,
    program: (p, x) => dinov2Features(p, x, dinov2B).classToken,
  }),
  single("forward-clip-l", () => clipImageParameters(clipL14), {
    x: image(224),
    atLeast: 1.1,
    program: (p, x) => clipImage(p, x, clipL14),
  }),
  single("forward-clip-l-text", () => clipTextParameters(clipL14), {
    x: array(ids, [1, 77], "i32"),
    atLeast: 1.1,
    program: (p, x) => clipText(p, x, clipL14),
  }),
  ...klVae("sd-vae", sdVaeF8D4, [4, 32, 32]),
  ...klVae("va-vae", vaVaeF16D32, [32, 16, 16]),
  ...autoencoder("dc-ae", () => dcAeParameters(dcAeF32C32), {
    latent: [32, 8, 8],
    encode: (p, x) => dcAeEncoder(dcAeF32C32, p, x),
    decode: (p, z) => dcAeDecoder(dcAeF32C32, p, z),
  }),
];
