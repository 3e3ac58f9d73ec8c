export { type EncodedImages, type EncodeImagesOptions, encodeImages, targetsName } from "./encode-images.ts";
export { hasLatents, isLatentsFolder, type LatentsManifest, readManifest } from "./manifest.ts";
export { openLatents, type StoredLatents } from "./open-latents.ts";
export { type WriteLatentsOptions, writeLatents } from "./write-latents.ts";
