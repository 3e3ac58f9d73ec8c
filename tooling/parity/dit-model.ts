import { dit } from "@gmem/backbones/dit";
import { conditioner } from "@gmem/class-table";
import { guidedDenoiser } from "@gmem/samplers";
import type { LatentShape } from "@gmem/spec";
import { concat, type NDArray, slice, split, type Tensor } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { compute, only } from "./compute.ts";
import { measured } from "./measured.ts";
import { mapArray } from "./network.ts";

/** The original DiT: noise and variance at integer steps. */
export const ditModel: ParityCase = {
  component: "dit_model",
  async run(file) {
    const hiddenSize = file.number("hidden_size");
    const backbone = dit({
      latent: (file.shapes["in/x"] ?? []).slice(1) as unknown as LatentShape,
      patchSize: file.number("patch_size"),
      depth: file.number("depth"),
      hiddenSize,
      heads: file.number("num_heads"),
      mlpRatio: file.number("mlp_ratio", 4),
      learnSigma: Boolean(file.config.learn_sigma ?? true),
    });
    const table = conditioner({
      classes: file.number("num_classes"),
      hiddenSize,
      dropProbability: file.number("class_dropout_prob", 0),
    });
    const params = file.part("w/");
    const forward = (feeds: { x: NDArray; k: NDArray; label: NDArray }): NDArray =>
      only(
        compute({ feeds, params }, ({ x, k, label }, p) => {
          const { output, variance } = backbone.atStep(p, x, k, table.snippet(p, { label }));
          return { out: both(output, variance) };
        }),
      );
    const results: Record<string, NDArray> = {
      "out/forward": forward({ x: file.get("in/x"), k: asFloat(file.get("in/t")), label: file.get("in/y") }),
    };
    if (!file.shapes["out/forward_with_cfg"]) return results;
    const [x, steps, labels] = [file.get("in/cfg_x"), asFloat(file.get("in/cfg_t")), file.get("in/cfg_y")];
    const feeds = { x, k: steps, label: labels };
    const scale = file.number("cfg_scale");
    results["out/forward_with_cfg"] = only(
      compute({ feeds, params }, ({ x, k, label }, p) => {
        const [given, missing] = split(table.snippet(p, { label }), 2, 0) as Pair; // 2 × [N,D]
        const [half] = split(x, 2, 0) as Pair; // [N,C,H,W]: the code evaluates the first half twice
        const [first, second] = split(k, 2, 0) as Pair; // 2 × [N]
        const denoise = guidedDenoiser((at, _, c) => backbone.atStep(p, at, concat([first, second], 0), c), {
          given,
          missing,
          scale,
          channels: 3,
        });
        const guided = denoise(half, first);
        const own = backbone.atStep(p, half, second, missing);
        const depth = half.shape[1] as number;
        const rest = concat([slice(guided.output, 1, [0, 3]), slice(own.output, 1, [3, depth])], 1);
        return { out: concat([both(guided.output, guided.variance), both(rest, own.variance)], 0) }; // [2N,2C,H,W]
      }),
    );
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};

const both = (output: Tensor, variance: Tensor | undefined): Tensor =>
  variance ? concat([output, variance], 1) : output; // [N,2C,H,W]
const asFloat = (steps: NDArray): NDArray => mapArray(steps, (k) => k);
type Pair = readonly [Tensor, Tensor];
