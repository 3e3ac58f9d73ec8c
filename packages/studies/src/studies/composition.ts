import { composition as cell } from "../cells/composition.ts";
import type { Study } from "../frame/study.ts";
import { sceneNotes, sceneSizes } from "./scene-runs.ts";

/** D.2 and Figure 5: concepts of two snippets in one picture. */
export const composition: Study = {
  name: "composition",
  about: "Colour of one scene and shape of another from the blend of their snippets",
  where: "D.2, Figure 5",
  cell,
  configurations: {
    linear: { about: "half of each, on the chord", settings: { method: "linear" } },
    spherical: { about: "half of each, on the sphere", settings: { method: "spherical" } },
    mask: { about: "every entry of one or the other", settings: { method: "mask" } },
    concat: { about: "first half of one, second half of the other", settings: { method: "concat" } },
    neither: { about: "a third scene's snippet: chance", settings: { method: "neither" } },
  },
  sizes: sceneSizes({ quick: { pairs: 128 }, full: { pairs: 256 } }),
  metrics: {
    composed: { about: "share with the shape of one and the colour of the other", better: "more" },
    kept: { about: "share that is one of the two as it was" },
    recognised: { about: "share that has a shape", better: "more" },
  },
  claims: [
    {
      text: "A blend composes: shape of one and colour of the other, more often than chance by a tenth",
      where: "D.2",
      rule: [{ less: ["neither", "composed"], more: ["linear", "composed"], plus: -0.1 }],
    },
    {
      text: "It composes more often than it repeats one of the two",
      where: "D.2, Figure 5",
      rule: [{ less: ["linear", "kept"], more: ["linear", "composed"] }],
    },
  ],
  paper: [],
  notes: [...sceneNotes, "The paper shows pictures and no numbers. Scenes differ in shape and in colour."],
};
