import { checkTables, lightningDit } from "@gmem/backbones/lightning-dit";
import { dataAtOne, velocityModel } from "@gmem/model";
import { type Named, type NDArray, neg, type Tensor, takeRows } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import type { ParityCase } from "./case.ts";
import { classTable } from "./class-table.ts";
import { compute, only } from "./compute.ts";
import { cfgCalls, forwardWithCfg, lightningDitConfig } from "./lightning-dit.ts";
import { measured } from "./measured.ts";
import { mapArray } from "./network.ts";

/** The original LightningDiT with its class table; guidance touches the first three channels. */
export const lditClass: ParityCase = {
  component: "ldit_class",
  async run(file) {
    const config = lightningDitConfig(file);
    const params = file.part("w/");
    checkTables(params, config);
    const table = classTable(file, config.hiddenSize);
    const model = velocityModel({ backbone: dataAtOne(lightningDit(config)), conditioner: table });
    checkTensors(params, model.avals(), file.name);
    const feeds = { x: file.get("in/x"), t: mapArray(file.get("in/t"), (u) => 1 - u), label: file.get("in/y") };
    const results: Record<string, NDArray> = {
      "out/forward": only(
        compute({ feeds, params }, ({ x, t, label }, p) => ({
          out: neg(model.velocity(p, x, t, model.condition(p, { label })).velocity), // the network's velocity is −v
        })),
      ),
    };
    const doubled = file.find("in/cfg_x");
    if (!doubled) return results;
    const labels = file.get("in/cfg_y"); // [2N]
    const n = labels.data.length / 2;
    const rows = Array.from({ length: n }, (_, i) => i);
    const conditions = {
      feeds: {
        given: takeRows(labels, rows),
        missing: takeRows(
          labels,
          rows.map((i) => i + n),
        ),
      },
      embed: (p: Named<Tensor>, { given, missing }: Named<Tensor>): readonly [Tensor, Tensor] => [
        model.condition(p, given ? { label: given } : {}),
        model.condition(p, missing ? { label: missing } : {}),
      ],
    };
    for (const [name, call] of Object.entries(cfgCalls(file, 3)))
      if (file.shapes[`out/cfg_${name}`])
        results[`out/cfg_${name}`] = forwardWithCfg({ model, params, x: doubled, call }, conditions);
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
