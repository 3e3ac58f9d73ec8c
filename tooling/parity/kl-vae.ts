import { toBytes } from "@gmem/datasets/png";
import { array, exp, GMemError, type Named, type NDArray, type Tensor } from "@gmem/tensor";
import {
  type KlVaeConfig,
  klDivergence,
  klVaeDecoder,
  klVaeEncoder,
  klVaeMoments,
  klVaeWeights,
  posterior,
  samplePosterior,
} from "@gmem/tokenizers/sd-vae";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

const attentions = { vanilla: "softmax", linear: "linear", none: "none" } as const;

/** Our configuration out of the original's `ddconfig`, which names attention by the size of the image there. */
function configOf(file: ParityFile): KlVaeConfig {
  const { ddconfig } = file.metadata;
  const official = ddconfig === undefined ? file.config : (JSON.parse(ddconfig) as Readonly<Record<string, unknown>>);
  const number = (name: string): number => Number(official[name]);
  const list = (name: string): readonly number[] => (official[name] ?? []) as readonly number[];
  const multipliers = list("ch_mult");
  const sizes = multipliers.map((_, level) => Math.floor(number("resolution") / 2 ** level));
  const kind = official.use_linear_attn === true ? "linear" : String(official.attn_type ?? "vanilla");
  const attention = Object.hasOwn(attentions, kind) ? attentions[kind as keyof typeof attentions] : undefined;
  const [imageChannels, decoded] = [Number(official.in_channels ?? 3), Number(official.out_ch ?? 3)];
  if (!attention || imageChannels !== decoded || official.double_z === false)
    throw new GMemError(
      "DATA",
      `${file.name}: ddconfig must have as many channels in as out, double_z and attn_type ${Object.keys(attentions).join(", ")}`,
    );
  return {
    channels: number("ch"),
    multipliers,
    residualBlocks: number("num_res_blocks"),
    attentionLevels: sizes.flatMap((size, level) => (list("attn_resolutions").includes(size) ? [level] : [])),
    zChannels: number("z_channels"),
    latentChannels: file.number("embed_dim"),
    imageChannels,
    attention,
    resampling: official.resamp_with_conv === false ? "mean" : "convolution",
    tanh: official.tanh_out === true,
  };
}

/** [N,C,H,W] in [−1,1] → bytes [N,H,W,C], a channel at a time as a grey picture. */
function bytes(images: NDArray): NDArray {
  const [n = 0, channels = 0, height = 0, width = 0] = images.shape;
  const size = height * width;
  const out = new Float32Array(n * size * channels);
  for (let plane = 0; plane < n * channels; plane++) {
    const unit = Array.from(images.data.subarray(plane * size, (plane + 1) * size), (value) => (value + 1) / 2);
    const { data } = toBytes(array([...unit, ...unit, ...unit], [3, height, width])); // [H,W,3]
    const at = Math.floor(plane / channels) * size * channels + (plane % channels);
    for (let i = 0; i < size; i++) out[at + i * channels] = data[3 * i] as number;
  }
  return array(out, [n, height, width, channels]);
}

/** All that the networks of a file give; `noise/sample` has the latents' shape. */
function outputs(file: ParityFile): Named<NDArray> {
  const config = configOf(file);
  const noise = file.find("noise/sample");
  const feeds = { x: file.get("in/x"), z: file.get("in/z"), ...(noise && { noise }) } as Named<NDArray>;
  return compute({ feeds, params: klVaeWeights(config, file.part("w/")) }, (at, p) => {
    const { x, z } = at as { readonly x: Tensor; readonly z: Tensor };
    const encoded = klVaeEncoder(config, p, x);
    const moments = klVaeMoments(config, p, x);
    const q = posterior(moments);
    return {
      encoder: encoded,
      enc_mid: encoded,
      moments,
      mean: q.mean,
      logvar: q.logvar,
      std: exp(q.logvar.mul(0.5)),
      kl: klDivergence(q),
      ...(at.noise && { sample: samplePosterior(q, at.noise) }),
      decode: klVaeDecoder(config, p, z),
      reconstruct_mode: klVaeDecoder(config, p, q.mean),
    };
  });
}

const autoencoder = (component: string, atol: number): ParityCase => ({
  component,
  async run(file) {
    const named = outputs(file);
    const all = file.shapes["out/decode_uint8"] ? { ...named, decode_uint8: bytes(named.decode as NDArray) } : named;
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [`out/${name}`, value]));
  },
  tolerance: (_, tensor) => ({ atol: tensor === "out/decode_uint8" ? 1 : atol }),
});

/** The autoencoders of CompVis, Stable Diffusion's among them, and of GMem's own repository. */
export const klVaeCases: readonly ParityCase[] = [autoencoder("sdvae", 5e-5), autoencoder("gmem_vavae", 8e-5)];
