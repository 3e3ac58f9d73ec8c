export { type ImageArchive, type ImageArchiveOptions, imageArchive, isArchive } from "./image-archive.ts";
