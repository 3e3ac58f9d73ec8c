import { copies } from "../cells/copies.ts";
import type { Study } from "../frame/study.ts";
import { sceneNotes, sceneSizes } from "./scene-runs.ts";

/** G.1 and Table 8: what one exposed snippet gives away. */
export const privacy: Study = {
  name: "privacy",
  about: "Pictures drawn from a training picture's snippet, beside that picture",
  where: "G.1, Table 8",
  cell: copies,
  configurations: {
    source: { about: "beside the snippet's own picture", settings: { pictures: "drawn", against: "source" } },
    nearest: { about: "beside the nearest training picture", settings: { pictures: "drawn", against: "nearest" } },
    "same-class": {
      about: "control: beside another of its class",
      settings: { pictures: "drawn", against: "same-class" },
    },
    "held-out": {
      about: "control: held-out pictures beside the nearest training picture",
      settings: { pictures: "held-out", against: "nearest" },
    },
  },
  sizes: sceneSizes({ quick: { count: 128 }, full: { count: 256 } }),
  metrics: {
    ssim: { about: "SSIM", better: "less" },
    highestSsim: { about: "highest SSIM of a pair", better: "less" },
    psnr: { about: "PSNR, decibels", better: "less" },
    similar: { about: "share with SSIM ≥ 0.5 and PSNR ≥ 20", better: "less" },
  },
  claims: [
    {
      text: "A snippet does not give its picture away: at most one in twenty is visually similar",
      where: "Table 8 (SSIM .17, PSNR 9.58)",
      rule: [{ less: ["source", "similar"], more: 0.05 }],
    },
    {
      text: "It gives away no more than the class does",
      where: "G.1 (“risk comparable to a standard diffusion baseline”), with a control that the paper lacks",
      rule: [{ less: ["source", "ssim"], more: ["same-class", "ssim"], plus: 0.05 }],
    },
    {
      text: "Pictures are no nearer to training pictures than held-out ones are",
      where: "G.1, 1-NN",
      rule: [{ less: ["nearest", "ssim"], more: ["held-out", "ssim"], plus: 0.05 }],
    },
  ],
  paper: [
    { what: "SSIM (GMem, beside 1-NN)", values: { nearest: 0.17 } },
    { what: "PSNR", values: { nearest: 9.58 } },
  ],
  notes: [
    ...sceneNotes,
    "Scenes of 16 pixels hold little more than shape, colour and ground, which a snippet is meant to say.",
    "Nearest by pixels. LPIPS needs weights and is left out: the share called similar is larger than with it.",
  ],
};
