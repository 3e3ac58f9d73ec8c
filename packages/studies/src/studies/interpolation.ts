import { interpolation as cell } from "../cells/interpolation.ts";
import type { Study } from "../frame/study.ts";
import { sceneNotes, sceneSizes } from "./scene-runs.ts";

/** G.6: from one snippet to another. */
export const interpolation: Study = {
  name: "interpolation",
  about: "Pictures of the blends of two snippets, eleven weights with the same noise",
  where: "G.6, eq. 4",
  cell,
  configurations: {
    linear: { about: "on the chord", settings: { method: "linear" } },
    spherical: { about: "on the sphere", settings: { method: "spherical" } },
    mask: { about: "entry by entry", settings: { method: "mask" } },
  },
  sizes: sceneSizes({ quick: { pairs: 32 }, full: { pairs: 64 } }),
  metrics: {
    monotone: { about: "rank correlation of weight and place of the picture", better: "more" },
    largestStep: { about: "largest of ten steps, as a share of the way", better: "less" },
  },
  claims: [
    {
      text: "The blend of two snippets goes from one picture to the other in order",
      where: "G.6 (“smooth transition”)",
      rule: [{ less: 0.9, more: ["linear", "monotone"] }],
    },
    {
      text: "and gradually: no tenth of the weight makes half of the way",
      where: "G.6",
      rule: [{ less: ["linear", "largestStep"], more: 0.5 }],
    },
  ],
  paper: [],
  notes: [
    ...sceneNotes,
    "The place of a picture is cos(f, s₂) − cos(f, s₁) of its own snippet f; the paper shows pictures and no numbers.",
  ],
};
