import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** G.5 and Table 11: which encoder the snippets come from. */
export const encoders: Study = {
  name: "encoders",
  about: "Encoders of snippets, a rich one and a poor one",
  where: "G.5, Table 11",
  cell: pictures,
  configurations: {
    rich: { about: "patch-kmeans of 200 clusters, 256 dimensions", settings: {} },
    poor: {
      about: "patch-kmeans of 12 clusters, 24 dimensions",
      settings: { run: { "encoder.clusters": 12, "encoder.dim": 24 } },
    },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "The encoder decides: a richer representation gives nearer pictures",
      where: "Table 11 (DINOv2 5.70, CLIP 10.81)",
      rule: [{ less: ["rich", "distance"], more: ["poor", "distance"] }],
    },
    {
      text: "and a lower loss, and samples that follow their snippets more often",
      where: "Table 11, by other measures",
      rule: [
        { less: ["rich", "noisyLoss"], more: ["poor", "noisyLoss"] },
        { less: ["poor", "adherence"], more: ["rich", "adherence"] },
      ],
    },
  ],
  paper: [{ what: "FID, LightningDiT-B/1, DINOv2 and CLIP", values: { rich: 5.7, poor: 10.81 } }],
  notes: [...sceneNotes, "DINOv2 and CLIP need weights; two encoders without any stand for a richer and a poorer one."],
};
