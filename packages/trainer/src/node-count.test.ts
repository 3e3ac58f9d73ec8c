import { sit } from "@gmem/backbones/sit";
import { nodeCount } from "@gmem/engine-onnx";
import { objective, velocityModel } from "@gmem/model";
import { describe, expect, it } from "vitest";
import { snippets } from "../test/tiny-run.ts";
import { adamwDefaults, stepGraph, velocityLearner } from "./index.ts";

/** A step of SiT-S/2 on latents of 4 × 32 × 32, eight at a time. */
const step = () => {
  const backbone = sit({ latent: [4, 32, 32], patchSize: 2, depth: 12, hiddenSize: 384, heads: 6 });
  const model = velocityModel({ backbone, conditioner: snippets(768) });
  const learner = velocityLearner({ model, objective: objective({}) });
  return stepGraph({ learner, optimizer: adamwDefaults, n: 8, accumulate: 1 });
};

describe("a train step of twelve blocks on a GPU", () => {
  const graph = step();
  const loop = { steps: 4, perStep: Object.keys(graph.feeds) };

  it.each(["webgpu", "cuda"] as const)(
    "has at most 1,500 nodes on %s, with clipping, AdamW and the average",
    (device) => {
      expect(nodeCount(graph, { device, loop })).toBeLessThanOrEqual(1500);
    },
  );
});
