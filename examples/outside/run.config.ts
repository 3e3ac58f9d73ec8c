import { defineRun } from "@gmem/runs";
import { classRows } from "@gmem-example/class-rows";
import { colourGrid } from "@gmem-example/colour-grid";
import { haar } from "@gmem-example/haar";
import { mixer } from "@gmem-example/mixer";

/** Every part from a package of its own. */
export default defineRun({
  preset: "scenes-tiny",
  name: "outside",
  steps: 300,
  backbone: mixer({ patchSize: 1, depth: 4, hiddenSize: 96 }),
  tokenizer: haar(),
  encoder: colourGrid({ cells: 4 }),
  conditioner: classRows(),
});
