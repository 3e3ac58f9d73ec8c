import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** Figure 1 and Table 1: what conditions a model, and how fast it learns. */
export const speed: Study = {
  name: "speed",
  about: "Snippet, class or nothing as the condition: loss and distance after equal steps",
  where: "Figure 1, Table 1, § 5.2",
  cell: pictures,
  configurations: {
    gmem: { about: "snippets of a bank", settings: { run: { "conditioner.kind": "memory-bank" } } },
    class: { about: "class table", settings: { run: { "conditioner.kind": "class-table" } } },
    none: { about: "no condition", settings: { run: { "conditioner.kind": "unconditional" } } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: {
    ...pictureMetrics,
    quarterLoss: { about: "held-out loss, t ≥ 0.5, after a quarter of the steps", better: "less" },
    halfLoss: { about: "the same after half of them", better: "less" },
  },
  claims: [
    {
      text: "After equal steps the loss is lower with snippets than with classes, and highest with neither",
      where: "§ 3.1, Figure 1",
      rule: [
        { less: ["gmem", "noisyLoss"], more: ["class", "noisyLoss"] },
        { less: ["class", "noisyLoss"], more: ["none", "noisyLoss"] },
      ],
    },
    {
      text: "A quarter of the steps with snippets reaches a lower loss than all of them with classes",
      where: "Table 1 (“up to 50×”)",
      rule: [{ less: ["gmem", "quarterLoss"], more: ["class", "noisyLoss"] }],
    },
    {
      text: "Pictures are nearer to held-out ones with snippets than with classes, and with classes than without",
      where: "Table 1",
      rule: [
        { less: ["gmem", "distance"], more: ["class", "distance"] },
        { less: ["class", "distance"], more: ["none", "distance"] },
      ],
    },
  ],
  paper: [{ what: "FID, LightningDiT-XL/1 on ImageNet, 160 and 800 epochs", values: { gmem: 1.53, class: 2.17 } }],
  notes: [
    ...sceneNotes,
    "On photographs: give a folder with a folder for each class as data.",
    "Losses are of each model's own condition: a snippet says more about the picture than a class does.",
  ],
};
