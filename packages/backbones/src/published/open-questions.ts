import type { LatentShape } from "@gmem/spec";
import { size1p0B, size1p6B, sizeB, sizeL, sizeS, sizeXL } from "../sizes.ts";
import type { CheckpointDescription, CheckpointFamily } from "./description.ts";
import { isLightning, isRepa, type Measures } from "./measure.ts";

/** What names and shapes do not show; what they do show, an option must agree with. */
export interface IdentifyOptions {
  /** SiT and DiT have the same names; default SiT. */
  readonly family?: CheckpointFamily;
  /** Shows in norms of q and k and in rotary tables alone; by default 64 wide, 72 for D = 1152. */
  readonly heads?: number;
  /** Of Sana's cross-attention, where its width is none of the published. */
  readonly crossHeads?: number;
  /** Of OpenUni's connector; by default 64 wide. */
  readonly connectorHeads?: number;
  /** [C,H,W] for a grid that is not square. */
  readonly latent?: LatentShape;
  /** K; by default all rows of the class table but the last, the null row; the only row of a table is a class. */
  readonly classes?: number;
  /** The block before REPA's head: 8 in REPA, 4 in the GMem code. */
  readonly tapAfter?: number;
  /** Default "data1" for SiT and LightningDiT, "data0" with REPA's `projectors`, "steps" for DiT. */
  readonly timeDirection?: CheckpointDescription["timeDirection"];
}

const published = [sizeS, sizeB, sizeL, sizeXL, size1p0B, size1p6B];

/** What was assumed because neither shapes nor options say it; each sentence begins with the option that would. */
export function openQuestions(
  found: Omit<CheckpointDescription, "ambiguous">,
  { measures, options }: { readonly measures: Measures; readonly options: IdentifyOptions },
): readonly string[] {
  const { family, config, conditioner, projectors, decoderFrom } = found;
  const repa = isRepa(measures, decoderFrom);
  const sized = published.some(({ depth, hiddenSize }) => depth === config.depth && hiddenSize === config.hiddenSize);
  const questions: readonly (readonly [open: boolean, option: keyof IdentifyOptions, sentence: string])[] = [
    [
      !isLightning(measures) && !repa,
      "family",
      `taken as ${family}; SiT, DiT and a LightningDiT without its switches have the same names, say "dit" for a network of noise at integer steps`,
    ],
    [
      measures.headDim === undefined && !sized,
      "heads",
      `taken as ${config.heads}, ${config.hiddenSize / config.heads} wide; no shape shows them`,
    ],
    [
      conditioner.kind === "class-table" && measures.classRows !== 1,
      "classes",
      `the ${measures.classRows} rows of the table are taken as classes and a null row; say ${measures.classRows} if there is none`,
    ],
    [
      projectors !== undefined && config.tapAfter === undefined,
      "tapAfter",
      "the block before the projector does not show, no tap is set; REPA's is 8, that of the GMem code 4",
    ],
    [
      family === "sit" && !repa && !measures.learnSigma,
      "timeDirection",
      `taken as ${found.timeDirection}; a REPA checkpoint without its projectors looks the same and has data at t = 0, "data0"`,
    ],
  ];
  const open = questions.filter(([isOpen, option]) => isOpen && options[option] === undefined);
  const rotation = isLightning(measures) && !measures.rope;
  return [
    ...open.map(([, option, sentence]) => `${option}: ${sentence}`),
    ...(rotation ? ["rope: taken as off; the tables feat_rope.* are not among the tensors"] : []),
  ];
}
