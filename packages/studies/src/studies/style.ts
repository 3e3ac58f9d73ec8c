import { styleReferences } from "../cells/style-references.ts";
import type { Inequality, Study } from "../frame/study.ts";
import { drawingNotes, drawingSizes, unseenStyles } from "./drawing-runs.ts";

/** In each of the styles, and by each of the two distances where `pixels` says so. */
const everywhere = (less: string, more: string, { pixels = false } = {}): Inequality[] =>
  unseenStyles.map((style) => {
    const metric = pixels ? `${style}, pixels` : style;
    return { less: [less, metric], more: [more, metric] };
  });

const unconditional = { "conditioner.kind": "unconditional" };

/** G.7 and Table 13: pictures in styles that training never saw, by adding one snippet for each. */
export const style: Study = {
  name: "style",
  about: "Pictures in unseen styles, from the snippet of a reference",
  where: "G.7, Table 13",
  cell: styleReferences,
  configurations: {
    gmem: { about: "one picture from the snippet of each reference", settings: { by: "snippet" } },
    retrofitted: {
      about: "the same by an unconditional network, a quarter of the steps more with a bank (E.2)",
      settings: { by: "snippet", start: unconditional, share: 0.25 },
    },
    samples: {
      about: "the nearest of many pictures without a condition",
      settings: { by: "samples", run: unconditional },
    },
    training: { about: "the nearest training picture", settings: { by: "training" } },
    "other-snippet": {
      about: "one picture from another reference's snippet: chance",
      settings: { by: "other-snippet" },
    },
  },
  sizes: drawingSizes({
    quick: { references: 60, samples: 512, unseen: unseenStyles },
    full: { references: 120, samples: 2048, unseen: unseenStyles },
  }),
  metrics: {
    "fluent-emoji-flat": { about: "flat: 1 − cos to the reference", better: "less" },
    "fluent-emoji-high-contrast": { about: "black on white: 1 − cos to the reference", better: "less" },
    "fluent-emoji-flat, pixels": { about: "flat: root of the mean squared difference of pixels", better: "less" },
    "fluent-emoji-high-contrast, pixels": {
      about: "black on white: root of the mean squared difference of pixels",
      better: "less",
    },
  },
  claims: [
    {
      text: "One picture from a reference's snippet is nearer to it than the nearest of all samples without it",
      where: "Table 13 (.56–.67 against .67–.73)",
      rule: everywhere("gmem", "samples"),
    },
    {
      text: "and nearer than the nearest training picture",
      where: "Table 13 (against .61–.71)",
      rule: everywhere("gmem", "training"),
    },
    {
      text: "A network that was retrofitted does the same",
      where: "Table 13, third row (.59–.67)",
      rule: everywhere("retrofitted", "samples"),
    },
    {
      text: "It is the snippet that does it: another reference's snippet is further away",
      where: "G.7, with a control that the paper lacks",
      rule: everywhere("gmem", "other-snippet"),
    },
    {
      text: "By pixels too it is nearer than the nearest training picture",
      where: "G.7, by another measure",
      rule: everywhere("gmem", "training", { pixels: true }),
    },
  ],
  paper: [
    {
      what: "LPIPS, flat illustration (retrofitted: SiT-XL with REPA)",
      values: { gmem: 0.67, retrofitted: 0.67, samples: 0.73, training: 0.71 },
    },
    { what: "LPIPS, sketch", values: { gmem: 0.56, retrofitted: 0.61, samples: 0.67, training: 0.61 } },
  ],
  notes: [
    ...drawingNotes,
    "LPIPS needs weights; 1 − cos stands for it. Snippets are of the same kind of encoder, which favours pictures that are drawn from them: the distance of pixels is beside it.",
  ],
};
