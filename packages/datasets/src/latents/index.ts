export { type EncodedImages, type EncodeImagesOptions, encodeImages, targetsName } from "./encode-images.ts";
export { hasLatents, isLatentsFolder, type LatentsManifest, latentsShard, readManifest } from "./manifest.ts";
export { openLatents, type StoredLatents } from "./open-latents.ts";
export {
  type WriteLatentsOptions,
  type WriteLatentsShardOptions,
  writeLatents,
  writeLatentsShard,
} from "./write-latents.ts";
