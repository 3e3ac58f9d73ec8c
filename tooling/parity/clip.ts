import { type ClipConfig, clipImage, clipLogits, clipNames, clipText } from "@gmem/encoders/clip";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

/** The official configuration in ours. */
function configOf(file: ParityFile): ClipConfig {
  const of = (field: string): number => file.number(field);
  return {
    name: file.name,
    dim: of("embed_dim"),
    imageSize: of("image_resolution"),
    patchSize: of("vision_patch_size"),
    vision: { depth: of("vision_layers"), hiddenSize: of("vision_width"), heads: of("vision_heads") },
    text: {
      depth: of("transformer_layers"),
      hiddenSize: of("transformer_width"),
      heads: of("transformer_heads"),
      contextLength: of("context_length"),
      vocabulary: of("vocab_size"),
    },
    input: "pillow-crop",
  };
}

/** CLIP as published: both towers, or the one that a file has, and their similarities. */
export const clipCase: ParityCase = {
  component: "clip",
  async run(file) {
    const config = configOf(file);
    const feeds = file.part("in/");
    return compute({ feeds, params: clipNames(file.part("w/")) }, ({ image, text }, p) => {
      const images = image && clipImage(p, image, config);
      const texts = text && clipText(p, text, config);
      const logits = images && texts && clipLogits(p, images, texts);
      return {
        ...(images && { "out/image_embed": images }),
        ...(texts && { "out/text_embed": texts }),
        ...(logits && { "out/logits_per_image": logits, "out/logits_per_text": logits.transpose([1, 0]) }),
      };
    });
  },
  tolerance: () => ({ atol: 1e-5 }),
};
