import { imagenet256, twice } from "./released-files.ts";
import type { Reproduction } from "./reproduction.ts";

/** Table 1, middle: the released LightningDiT-XL/1. */
export const in256After160: Reproduction = {
  name: "in256-160",
  about: "ImageNet 256², LightningDiT-XL/1 with REPA after 160 epochs, whole bank, Heun's SDE, no guidance",
  paper: { of: "GMem, 160 epochs", place: "Table 1", value: "1.53" },
  preset: "in256-ldit-XL",
  evaluations: 99,
  settings: ["sampler.solver=heun-sde", "sampler.steps=50", "sampler.lastStepSize=0.004", "sampler.cfg=1"],
  files: {
    checkpoint: {
      what: "weights of LightningDiT-XL/1 after 160 epochs",
      note: "in the repository Tangentone/GMem of the hub; this program does not know its name there",
      bytes: twice(675e6),
    },
    ...imagenet256,
  },
};
