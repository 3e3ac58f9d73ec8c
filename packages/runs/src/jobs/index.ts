export { type AskedBank, bankJob } from "./bank-job.ts";
export { checkInput } from "./check-input.ts";
export { type AskedExport, exportJob, joinExport } from "./export-job.ts";
export { type AskedFeatures, featuresJob } from "./features-job.ts";
export { type AskedLatents, latentsJob } from "./latents-job.ts";
export type { PicturesOf } from "./pictures-of.ts";
export { type AskedSamples, samplesJob } from "./samples-job.ts";
