import { onnxEngine } from "@gmem/engine-onnx";
import { compiledStep } from "../compiled-step.ts";
import { sizes } from "../network.ts";
import { timed } from "../pair.ts";
import { type Bench, within } from "../row.ts";

/** From nothing to a compiled train step of 130 M parameters: drawn, handed to the engine, traced, compiled. */
export const trainStart: Bench = {
  name: "train-start",
  async run({ repeats = 3 }) {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const engine = await onnxEngine({ threads: 2 });
      times.push(await timed(() => compiledStep(engine, sizes.d768, { adaLNInit: "zero" })));
      await engine.dispose();
    }
    return [within(times, { name: "train-start-d768", limit: 4000 })];
  },
};
