import { xavierUniform } from "@gmem/nn";
import type { LatentShape, Params } from "@gmem/spec";
import { array, key, type NDArray, ShapeError } from "@gmem/tensor";
import { floatParameter } from "./float-parameter.ts";

/** What transfer needs to know of a backbone; the configs of `sit`, `lightningDit`, `dit` and `sana` have it. */
export interface GridConfig {
  /** [C,H,W] of a latent. */
  readonly latent: LatentShape;
  /** p. */
  readonly patchSize: number;
  /** D. */
  readonly hiddenSize: number;
}

/** Parameters and the config of the backbone that takes them. */
export interface Transferred<C extends GridConfig> {
  readonly parameters: Params<NDArray>;
  readonly config: C;
}

const where = "doublePatch";

/** First and last layer of SiT, DiT and LightningDiT, and of Sana. */
const ends = [
  { kernel: "x_embedder.proj.weight", last: "final_layer.linear" },
  { kernel: "patch_embed.proj.weight", last: "proj_out" },
] as const;

/**
 * Takes a backbone to latents of twice the height and width with patches of 2p: the tokens, their number and their
 * positions stay (Appendix G.4). On a latent that is the old one with every pixel doubled the network computes what it
 * did: W'[o,c,i,j] = (W[o,c,⌊i/2⌋,⌊j/2⌋] + F[o,c,i,j])/4, and the last layer repeats each pixel's row for its four. F is drawn as a
 * new kernel is, less its mean over each four: it says how the four differ, of which the network knew nothing, and adds up to 0
 * where they do not. Without it neither end would pass a difference on, and no gradient would reach the other. Everything
 * else, conditioner, head and tables included, is handed through.
 *
 * Averaging four pixels of noise halves its standard deviation, so that a network meets less noise than t says: train and
 * sample with times shifted by 2, `shiftedTime(law, 2)` of @gmem/model.
 * @throws {GMemError} code `WEIGHTS` if patch embedding or last layer are missing; {ShapeError} if they are of another config.
 * @example
 * const config = { ...sitS, latent: [4, 8, 8], patchSize: 1, depth: 1 } as const;
 * const wider = doublePatch(sit(config).init(key(0)), config);
 * wider.config.latent; // [4,16,16]
 * wider.parameters["x_embedder.proj.weight"]; // [384,4,2,2]
 */
export function doublePatch<C extends GridConfig>(parameters: Params<NDArray>, config: C): Transferred<C> {
  const { latent, patchSize, hiddenSize } = config;
  const [channels, height, width] = latent;
  const names = ends.find((end) => end.kernel in parameters) ?? ends[0];
  const kernel = floatParameter(parameters, names.kernel, {
    where,
    shape: [hiddenSize, channels, patchSize, patchSize],
  });
  return {
    parameters: {
      ...parameters,
      [names.kernel]: widerKernel(kernel, names.kernel),
      ...repeatedPixels(parameters, config, names.last),
    },
    config: { ...config, latent: [channels, 2 * height, 2 * width], patchSize: 2 * patchSize },
  };
}

/** Every entry of the kernels [D,C,p,p] four times, divided by four, and what tells the four apart: [D,C,2p,2p]. */
function widerKernel({ shape, data }: NDArray<"f32">, name: string): NDArray<"f32"> {
  const [hidden = 0, channels = 0, p = 0] = shape;
  const side = 2 * p;
  const fresh = xavierUniform(key(0).split(name), [hidden, channels * side * side]).data;
  const out = new Float32Array(4 * data.length);
  for (const [from, weight] of data.entries()) {
    const [kernel, row, column] = [Math.floor(from / (p * p)), Math.floor(from / p) % p, from % p];
    const first = (kernel * side + 2 * row) * side + 2 * column;
    const four = [first, first + 1, first + side, first + side + 1];
    const mean = four.reduce((sum, at) => sum + (fresh[at] as number), 0) / 4;
    for (const at of four) out[at] = (weight + (fresh[at] as number) - mean) / 4;
  }
  return array(out, [hidden, channels, side, side]);
}

/** Weight and bias of the last layer, rows (i, j, c): [p²·C_out,D] → [4p²·C_out,D]; C_out is 2C where the variance is learned. */
function repeatedPixels(
  parameters: Params<NDArray>,
  { latent, patchSize: p, hiddenSize }: GridConfig,
  at: string,
): Params<NDArray> {
  const rows = parameters[`${at}.weight`]?.shape[0] ?? p * p * latent[0];
  const channels = rows / (p * p);
  if (channels !== latent[0] && channels !== 2 * latent[0])
    throw new ShapeError(where, `"${at}.weight" must have p²C or 2p²C rows, p = ${p}, C = ${latent[0]}`, [
      parameters[`${at}.weight`]?.shape ?? [],
    ]);
  const repeated = (name: string, shape: readonly number[]): NDArray => {
    const { data } = floatParameter(parameters, name, { where, shape });
    const size = data.length / (p * p); // the C_out rows of one pixel
    const out = new Float32Array(4 * data.length);
    for (let pixel = 0; pixel < 4 * p * p; pixel++) {
      const [i, j] = [Math.floor(pixel / (2 * p)) >> 1, (pixel % (2 * p)) >> 1];
      out.set(data.subarray((i * p + j) * size, (i * p + j + 1) * size), pixel * size);
    }
    return array(out, [4 * rows, ...shape.slice(1)]);
  };
  return {
    [`${at}.weight`]: repeated(`${at}.weight`, [rows, hiddenSize]),
    [`${at}.bias`]: repeated(`${at}.bias`, [rows]),
  };
}
