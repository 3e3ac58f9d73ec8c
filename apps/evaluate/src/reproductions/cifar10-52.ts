import { inception } from "./released-files.ts";
import type { Reproduction } from "./reproduction.ts";

/** Table 1, left; Table 5 has the settings. */
export const cifar10After52: Reproduction = {
  name: "cifar10-52",
  about: "CIFAR-10 in pixels, SiT-XL/2 after 52 epochs, whole bank, Euler–Maruyama of 50 steps, no guidance",
  paper: { of: "GMem, 52 epochs", place: "Table 1", value: "4.08" },
  preset: "cifar-XL",
  evaluations: 50,
  settings: ["sampler.solver=euler-maruyama", "sampler.steps=50", "sampler.cfg=1"],
  files: {
    checkpoint: {
      what: "weights of SiT-XL/2 on CIFAR-10 after 52 epochs",
      note: "not published; `gmem-train run cifar-XL` trains one, `gmem-train convert` writes its checkpoint",
    },
    bank: {
      what: "memory bank of CIFAR-10, 50,000 × 768",
      note: "not published; `gmem-train bank build` makes one",
      bytes: 50_000 * 768 * 4,
    },
    reference: {
      what: "the 50,000 training pictures of CIFAR-10, or .npz statistics of them",
      note: "a folder, .tar or .parquet; ADM has no statistics of CIFAR-10",
    },
    inception: inception(),
  },
};
