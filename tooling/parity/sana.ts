import { fromOriginalNames, type SanaConfig, sana } from "@gmem/backbones/sana";
import type { LatentShape } from "@gmem/spec";
import { grad, type Named, type NDArray, prefixed, sum, type Tensor, zeros } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { mapArray } from "./network.ts";

/** Diffusers' constructor; latents are those of `in/x`. */
const configOf = (file: ParityFile): SanaConfig => ({
  latent: (file.shapes["in/x"] ?? []).slice(1) as unknown as LatentShape,
  patchSize: file.number("patch_size", 1),
  depth: file.number("num_layers", 20),
  heads: file.number("num_attention_heads", 70),
  hiddenSize: file.number("num_attention_heads", 70) * file.number("attention_head_dim", 32),
  crossHeads: file.number("num_cross_attention_heads", 20),
  contextDim: file.number("caption_channels", 2304),
  mlpRatio: file.number("mlp_ratio", 2.5),
});

/** Sana, and its gradients, under the names of diffusers or of the original code. */
export const sanaCase: ParityCase = {
  component: "sana",
  async run(file) {
    const backbone = sana(configOf(file));
    const params = fromOriginalNames(file.part("w/"));
    checkTensors(params, backbone.avals?.() ?? {}, file.name);
    const [x, weight] = [file.get("in/x"), file.find("in/weight")];
    const n = x.shape[0] as number;
    const feeds: Named<NDArray> = {
      x,
      t: file.get("in/t"),
      tokens: file.get("in/tokens"),
      mask: mapArray(file.get("in/mask"), (m) => m),
      c: zeros([n, backbone.hiddenSize]),
      ...(weight && { weight }),
    };
    return compute({ feeds, params }, (at, p) => {
      const { x, t, tokens, mask, c } = at as Record<"x" | "t" | "tokens" | "mask" | "c", Tensor>;
      const { output } = backbone.apply(p, x, t, c, { tokens, mask });
      if (!at.weight) return { "out/forward": output };
      const wanted = { _x: x, _tokens: tokens, ...prefixed("/", p) };
      return { "out/forward": output, ...prefixed("out/grad", grad(sum(output.mul(at.weight)), wanted)) };
    });
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)), rtol: 1e-5 }),
};
