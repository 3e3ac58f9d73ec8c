import type { Protocol, ProtocolName } from "./protocol.ts";

/**
 * The evaluators by name. Sources: guided-diffusion's `evaluations/evaluator.py`, pytorch-fid, clean-fid, torch-fidelity,
 * dgm-eval and torchmetrics; docs/parity.md has the numbers beside theirs.
 * @example
 * protocols["torch-fidelity"].kernel?.subsets; // 100
 */
export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  adm: {
    name: "adm",
    of: "guided-diffusion 22e0df8",
    resize: "tf1",
    mean: "float32",
    spatial: true,
    score: { splits: { size: 5000 }, order: "given", degrees: 0 },
    neighbours: { neighbours: 3, inside: "<=", float16: true },
    remark:
      "the published reference has 10,000 images for precision and recall, and statistics of the whole set for FID",
  },
  "pytorch-fid": {
    name: "pytorch-fid",
    of: "pytorch-fid 0.3.0",
    resize: "pytorch-fid",
    mean: "float64",
    spatial: false,
  },
  "clean-fid": {
    name: "clean-fid",
    of: "clean-fid 0.1.35",
    resize: "clean-fid",
    mean: "float32",
    spatial: false,
    kernel: { subsets: 100, size: 1000, generator: "numpy", drawnFirst: "fake", fewer: "taken", products: "float32" },
    remark: "its KID is drawn from numpy's global state, which is seeded only if the caller does it",
  },
  "torch-fidelity": {
    name: "torch-fidelity",
    of: "torch-fidelity 0.4.0",
    resize: "tf1",
    mean: "float32",
    spatial: false,
    seed: 2020,
    score: { splits: { count: 10, remainder: "spread" }, order: "numpy", degrees: 0 },
    kernel: { subsets: 100, size: 1000, generator: "numpy", drawnFirst: "fake", fewer: "refused", products: "float32" },
    neighbours: { neighbours: 3, inside: "<=", float16: false, features: "vgg16" },
    remark: "versions before 0.4.0 of February 2026 gave precision as recall and recall as precision",
  },
  "dgm-eval": {
    name: "dgm-eval",
    of: "dgm-eval d57a6d2",
    resize: "pytorch-fid",
    mean: "float64",
    spatial: false,
    score: { splits: { count: 10, remainder: "dropped" }, order: "numpy", degrees: 0 },
    kernel: { subsets: 100, size: 1000, generator: "numpy", drawnFirst: "real", fewer: "taken", products: "float64" },
    neighbours: { neighbours: 5, inside: "<", float16: false, rows: 10000 },
    remark: "its Inception score is ordered by seed 2020, all else is drawn from numpy's global state",
  },
  torchmetrics: {
    name: "torchmetrics",
    of: "torchmetrics 1.9.0",
    resize: "tf1",
    mean: "float64",
    spatial: false,
    score: { splits: { count: 10, remainder: "short" }, order: "torch", degrees: 1 },
    kernel: { subsets: 100, size: 1000, generator: "torch", drawnFirst: "real", fewer: "refused", products: "float32" },
    similarity: "torchmetrics",
    remark: "its orders are drawn from torch's global state, which is seeded only if the caller does it",
  },
};
