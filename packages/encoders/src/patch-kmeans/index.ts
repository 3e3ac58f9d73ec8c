export { type FitPatchKmeansOptions, type FitProgress, fitPatchKmeans } from "./fit-patch-kmeans.ts";
export type { Images } from "./image-source.ts";
export { type KmeansOptions, kmeans } from "./kmeans.ts";
export { type PatchKmeansEncoder, patchKmeans } from "./patch-kmeans.ts";
export { loadPatchKmeans, originOfPatchKmeans, savePatchKmeans } from "./stored-weights.ts";
export type { PatchKmeansWeights } from "./weights.ts";
