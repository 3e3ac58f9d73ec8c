import type { Study } from "../frame/study.ts";
import { adaptation } from "./adaptation.ts";
import { backbones } from "./backbones.ts";
import { bankTransfer } from "./bank-transfer.ts";
import { capacity } from "./capacity.ts";
import { composition } from "./composition.ts";
import { conditioning } from "./conditioning.ts";
import { dataEfficiency } from "./data-efficiency.ts";
import { ditToGmem } from "./dit-to-gmem.ts";
import { diversity } from "./diversity.ts";
import { encoders } from "./encoders.ts";
import { farSnippets } from "./far-snippets.ts";
import { fineTuning } from "./fine-tuning.ts";
import { interpolation } from "./interpolation.ts";
import { masks } from "./masks.ts";
import { privacy } from "./privacy.ts";
import { randomK } from "./random-k.ts";
import { repaStudy } from "./repa.ts";
import { resolution } from "./resolution.ts";
import { speed } from "./speed.ts";
import { steps } from "./steps.ts";
import { style } from "./style.ts";
import { svd } from "./svd.ts";
import { tradeOff } from "./trade-off.ts";
import { unifiedModel } from "./unified-model.ts";

const all = [
  conditioning,
  speed,
  capacity,
  masks,
  svd,
  encoders,
  steps,
  randomK,
  interpolation,
  composition,
  farSnippets,
  privacy,
  diversity,
  repaStudy,
  backbones,
  tradeOff,
  ditToGmem,
  resolution,
  fineTuning,
  style,
  adaptation,
  bankTransfer,
  dataEfficiency,
  unifiedModel,
];

/**
 * The studies by name.
 * @example
 * studies.conditioning?.where; // "§ 3.2, Figure 3"
 */
export const studies: Readonly<Record<string, Study>> = Object.fromEntries(all.map((study) => [study.name, study]));
