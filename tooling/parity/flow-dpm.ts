import { linearInterpolant, velocityModel } from "@gmem/model";
import { dpmSolver, sampler, shiftedGrid } from "@gmem/samplers";
import type { Backbone, LatentShape } from "@gmem/spec";
import { array, GMemError, type NDArray, referenceEngine, stack, type Tensor, tanh } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { measured } from "./measured.ts";
import { fedConditioner, mapArray } from "./network.ts";
import { states } from "./sampler-model.ts";

/** v = tanh(a x) + b t. */
const toy = (file: ParityFile, latent: LatentShape): Backbone => ({
  name: "toy",
  latent,
  hiddenSize: 1,
  config: {},
  frozen: [],
  init: () => ({ a: file.get("in/a"), b: file.get("in/b") }),
  apply: ({ a, b }, x, t) => ({
    output: tanh(x.mul(a as Tensor)).add(t.reshape([-1, 1, 1, 1]).mul(b as Tensor)), // [N,C,H,W]
  }),
});

/** Diffusers' flow DPM-Solver++ of order 2, all states of out/stepsN_shiftA. */
export const flowDpm: ParityCase = {
  component: "flow_dpm",
  async run(file) {
    const noise = mapArray(file.get("in/noise"), (z) => z);
    const [n = 1, ...latent] = noise.shape;
    const backbone = toy(file, latent as unknown as LatentShape);
    const model = velocityModel({ backbone, conditioner: fedConditioner(1, "embedding") });
    const results: Record<string, NDArray> = {};
    for (const name of file.names.filter((name) => name.startsWith("out/"))) {
      const [, steps, shift] = /^out\/steps(\d+)_shift([\d.]+)$/.exec(name) ?? [];
      if (steps === undefined)
        throw new GMemError("DATA", `${file.name}: outputs are out/stepsN_shiftA, got "${name}"`);
      const ready = await sampler({
        engine: referenceEngine(),
        model,
        parameters: backbone.init({} as never),
        batchSize: n,
        solver: dpmSolver({ interpolant: linearInterpolant }),
        steps: Number(steps),
        grid: shiftedGrid(Number(shift)),
      });
      const feeds = { condition: array(new Float32Array(n), [n, 1]) };
      results[name] = stack([noise, ...(await states(ready, { noise, feeds }))]);
      await ready.dispose();
    }
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
