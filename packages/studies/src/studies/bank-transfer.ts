import { movedBank } from "../cells/moved-bank.ts";
import type { Study } from "../frame/study.ts";
import { drawingNotes, drawingSizes } from "./drawing-runs.ts";

/** H.4: the bank of other pictures on a network that never saw them. */
export const bankTransfer: Study = {
  name: "bank-transfer",
  about: "A bank of drawings in another style guides a network that never saw it",
  where: "H.4, Figure 11",
  cell: movedBank,
  configurations: {
    own: { about: "a bank of a style that training saw", settings: { of: "noto", against: "own" } },
    moved: { about: "a bank of flat drawings", settings: { of: "fluent-emoji-flat", against: "own" } },
    "moved-far": {
      about: "a bank of drawings in black on white",
      settings: { of: "fluent-emoji-high-contrast", against: "own" },
    },
    chance: {
      about: "the flat ones, held against another row's drawing",
      settings: { of: "fluent-emoji-flat", against: "other" },
    },
  },
  sizes: drawingSizes({ quick: { rows: 120 }, full: { rows: 240 } }),
  metrics: {
    found: { about: "share whose drawing is among the five nearest of the bank's", better: "more" },
    spread: { about: "how different pictures are from each other, mean of 1 − cos", better: "more" },
    ownSpread: { about: "the same of the bank's drawings" },
  },
  claims: [
    {
      text: "A bank of other pictures guides the network: its row is recognised more often than by chance, by a tenth",
      where: "H.4 (“able to generate information consistent with the knowledge” of the other bank)",
      rule: [{ less: ["chance", "found"], more: ["moved", "found"], plus: -0.1 }],
    },
    {
      text: "also one of pictures that look very different",
      where: "H.4 (CIFAR-10 and ImageNet)",
      rule: [{ less: ["chance", "found"], more: ["moved-far", "found"], plus: -0.1 }],
    },
    {
      text: "Something is lost: rows of a style that training saw are recognised more often",
      where: "H.4 (“sharpness is limited”)",
      rule: [{ less: ["moved", "found"], more: ["own", "found"] }],
    },
    {
      text: "It can make pictures more different from each other",
      where: "H.4 (“can improve the diversity”)",
      rule: [{ less: ["own", "spread"], more: ["moved", "spread"] }],
    },
  ],
  paper: [],
  notes: [
    ...drawingNotes,
    "Both banks are of one encoder, the run's; the paper's are both of DINOv2. It shows pictures and no numbers.",
    "A concept is drawn in other styles that training saw: what a row shows is known, how it is drawn is not.",
  ],
};
