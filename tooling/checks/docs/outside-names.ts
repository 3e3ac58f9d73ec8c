/**
 * Names that documentation may use although no source has them: they belong to others. Everything else must exist here.
 */
export const outsideNames: ReadonlySet<string> = new Set([
  "@throws", // a tag of doc comments
  "downloadFileToCacheDir", // @huggingface/hub
  "dinov2-vitb14-reg", // DINOv2's checkpoint with registers
  "param_groups", // an optimizer's file of PyTorch
  "preprocess_raw_image", // REPA's code
]);

/** Words that stand for what the reader puts in their place. */
export const placeholders: readonly string[] = ["NAME", "FOLDER", "DIR", "COMPONENT", "VARIANT", "CHECKSUM"];
