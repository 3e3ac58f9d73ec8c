import { adamwCase } from "./adamw.ts";
import { admCenterCropCase } from "./adm-center-crop.ts";
import { captionAdapterCase } from "./caption-adapter.ts";
import type { ParityCase } from "./case.ts";
import { clipCase } from "./clip.ts";
import { dcae } from "./dcae.ts";
import { dinov2Case } from "./dinov2.ts";
import { dinov2GmemPrep } from "./dinov2-gmem-prep.ts";
import { ditDiffusion } from "./dit-diffusion.ts";
import { ditModel } from "./dit-model.ts";
import { flowDpm } from "./flow-dpm.ts";
import { gemmaCase } from "./gemma.ts";
import { gmemBank } from "./gmem-bank.ts";
import { gmemInterp } from "./gmem-interp.ts";
import { gmemLdit } from "./gmem-ldit.ts";
import { gmemLosses } from "./gmem-losses.ts";
import { gmemParts } from "./gmem-parts.ts";
import { gmemSampler } from "./gmem-sampler.ts";
import { inceptionCase } from "./inception.ts";
import { klVaeCases } from "./kl-vae.ts";
import { lditClass } from "./ldit-class.ts";
import { lpipsCases } from "./lpips.ts";
import { metricsCase } from "./metrics.ts";
import { repaSit } from "./repa-sit.ts";
import { sanaCase } from "./sana.ts";
import { sitModel } from "./sit-model.ts";
import { sitOde } from "./sit-ode.ts";
import { sitSde } from "./sit-sde.ts";
import { sitTransport } from "./sit-transport.ts";
import { torchCase } from "./torch.ts";

/** Every component that can be checked; one file each beside this one. */
export const cases: readonly ParityCase[] = [
  adamwCase,
  admCenterCropCase,
  clipCase,
  dinov2Case,
  dinov2GmemPrep,
  dcae,
  ditDiffusion,
  ditModel,
  flowDpm,
  gemmaCase,
  gmemBank,
  gmemInterp,
  gmemLdit,
  gmemLosses,
  gmemParts,
  gmemSampler,
  inceptionCase,
  ...klVaeCases,
  lditClass,
  ...lpipsCases,
  metricsCase,
  repaSit,
  sanaCase,
  captionAdapterCase,
  sitModel,
  sitOde,
  sitSde,
  sitTransport,
  torchCase,
];
