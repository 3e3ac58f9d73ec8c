import { copies } from "../cells/copies.ts";
import type { Study } from "../frame/study.ts";
import { sceneNotes, sceneSizes } from "./scene-runs.ts";

const drawn = (kind: string): Study["configurations"][string]["settings"] => ({
  pictures: "drawn",
  against: "nearest",
  run: { "conditioner.kind": kind },
});

/** G.2: whether pictures are copies of training pictures. */
export const diversity: Study = {
  name: "diversity",
  about: "Pictures beside the nearest training picture, with snippets, classes and without a condition",
  where: "G.2, Table 9",
  cell: copies,
  configurations: {
    gmem: { about: "snippets of a bank", settings: drawn("memory-bank") },
    class: { about: "class table", settings: drawn("class-table") },
    none: { about: "no condition", settings: drawn("unconditional") },
    "held-out": {
      about: "held-out pictures, which are copies of none",
      settings: { pictures: "held-out", against: "nearest", run: { "conditioner.kind": "memory-bank" } },
    },
  },
  sizes: sceneSizes({ quick: { count: 128 }, full: { count: 256 } }),
  metrics: {
    ssim: { about: "SSIM with the nearest training picture", better: "less" },
    highestSsim: { about: "highest SSIM of a pair", better: "less" },
    psnr: { about: "PSNR, decibels", better: "less" },
    similar: { about: "share with SSIM ≥ 0.5 and PSNR ≥ 20", better: "less" },
  },
  claims: [
    {
      text: "A bank does not cost diversity: pictures resemble training pictures no more than a class table's do",
      where: "G.2 (SSIM .17 against .16)",
      rule: [{ less: ["gmem", "ssim"], more: ["class", "ssim"], plus: 0.02 }],
    },
    {
      text: "and no more than held-out pictures do",
      where: "G.2, with a control that the paper lacks",
      rule: [{ less: ["gmem", "ssim"], more: ["held-out", "ssim"], plus: 0.02 }],
    },
  ],
  paper: [
    { what: "SSIM, GMem 650 epochs and SiT+REPA 1400", values: { gmem: 0.17, class: 0.16 } },
    { what: "PSNR", values: { gmem: 9.58, class: 9.46 } },
  ],
  notes: [...sceneNotes, "Nearest by pixels; LPIPS needs weights and is left out."],
};
