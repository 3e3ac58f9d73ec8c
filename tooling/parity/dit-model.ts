import { dit } from "@gmem/backbones/dit";
import { velocityModel } from "@gmem/model";
import { guidedDenoiser } from "@gmem/samplers";
import { concat, type NDArray, split, type Tensor } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import type { ParityCase } from "./case.ts";
import { classTable } from "./class-table.ts";
import { compute, only } from "./compute.ts";
import { measured } from "./measured.ts";
import { mapArray, withChannels } from "./network.ts";
import { sizes } from "./sizes.ts";

/** The original DiT: noise and variance at integer steps. */
export const ditModel: ParityCase = {
  component: "dit_model",
  async run(file) {
    const backbone = dit({ ...sizes(file), learnSigma: file.flag("learn_sigma", true) });
    const table = classTable(file, backbone.hiddenSize);
    const params = file.part("w/");
    checkTensors(params, velocityModel({ backbone, conditioner: table }).avals(), file.name);
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
        // the code guides the first three channels of what the network gives, the variance among them
        const whole = (at: Tensor, k: Tensor, c: Tensor) => {
          const { output, variance } = backbone.atStep(p, at, k, c);
          return { output: both(output, variance) }; // [N,2C,H,W]
        };
        const denoise = guidedDenoiser((at, _, c) => whole(at, concat([first, second], 0), c), {
          given,
          missing,
          scale,
          channels: 3,
        });
        const guided = denoise(half, first).output;
        const own = whole(half, second, missing).output;
        return { out: concat([guided, withChannels(own, guided, 3)], 0) }; // [2N,2C,H,W]
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
