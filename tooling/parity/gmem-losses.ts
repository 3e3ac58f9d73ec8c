import { logitNormalTime, objective, repaLoss, velocityModel } from "@gmem/model";
import { array, mean, neg } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { fixedNormal } from "./fixed-normal.ts";
import { measured } from "./measured.ts";
import {
  distinct,
  fedConditioner,
  inputSlope,
  interpolantOf,
  mapArray,
  type Results,
  segments,
  storedOutput,
} from "./network.ts";

/** Mean squared error, cosine and projection loss of one path, and their weighted sum. */
function losses(file: ParityFile, path: string): Results {
  const interpolant = interpolantOf(path);
  const slope = inputSlope(file);
  const backbone = storedOutput(
    mapArray(file.get("in/model_out"), (y) => -y),
    -slope,
  );
  const model = velocityModel({ backbone, conditioner: fedConditioner(1, "embedding"), interpolant });
  const feeds = {
    x0: file.get("in/x1"),
    eps: file.get("in/x0"),
    t: mapArray(file.get("in/t"), (u) => 1 - u),
    projected: file.get("in/z_tilde"),
    target: file.get("in/z"),
  };
  const weight = file.number("proj_loss_weight", 0.5);
  return {
    ...compute({ feeds, params: backbone.init({} as never) }, (given, p) => {
      const squared = objective({}).loss(model, p, given).perSample; // [N]
      const both = objective({ cosine: 1 }).loss(model, p, given);
      const projection = mean(repaLoss(given.projected, given.target)); // []
      return {
        loss: squared,
        cos_loss: both.perSample.add(neg(squared)),
        proj_loss: projection,
        total: both.loss.add(projection.mul(weight)),
      };
    }),
  };
}

/** The training losses of the GMem code and its logit-normal times. */
export const gmemLosses: ParityCase = {
  component: "gmem_losses",
  async run(file) {
    const results: Results = {};
    const outputs = file.names.filter((name) => name.startsWith("out/"));
    for (const path of distinct(
      outputs.filter((name) => segments(name).length > 1).map((name) => segments(name)[0] as string),
    ))
      for (const [name, value] of Object.entries(losses(file, path))) results[`out/${path}/${name}`] = value;
    const normal = file.find("in/lognorm_normal");
    if (normal) {
      // the file's time is 1 at data: its u = sigmoid(z) is our t = sigmoid(−z) = 1 − u
      const drawn = logitNormalTime().draw(fixedNormal(mapArray(normal, (z) => -z).data), normal.data.length);
      results["out/lognorm_t"] = array(
        drawn.map((t) => 1 - t),
        normal.shape,
      );
    }
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
