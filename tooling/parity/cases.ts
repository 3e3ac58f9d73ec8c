import { adamwCase } from "./adamw.ts";
import { admCenterCropCase } from "./adm-center-crop.ts";
import type { ParityCase } from "./case.ts";
import { gmemBank } from "./gmem-bank.ts";
import { gmemInterp } from "./gmem-interp.ts";
import { gmemLosses } from "./gmem-losses.ts";
import { gmemParts } from "./gmem-parts.ts";
import { gmemSampler } from "./gmem-sampler.ts";
import { sitModel } from "./sit-model.ts";
import { sitOde } from "./sit-ode.ts";
import { sitSde } from "./sit-sde.ts";
import { sitTransport } from "./sit-transport.ts";

/** Every component that can be checked; one file each beside this one. */
export const cases: readonly ParityCase[] = [
  adamwCase,
  admCenterCropCase,
  gmemBank,
  gmemInterp,
  gmemLosses,
  gmemParts,
  gmemSampler,
  sitModel,
  sitOde,
  sitSde,
  sitTransport,
];
