import { type ClipConfig, clipImage, clipLogits, clipNames, clipText } from "@gmem/encoders/clip";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

/** The official configuration in ours. */
function configOf({ name, config }: ParityFile): ClipConfig {
  const of = (field: string): number => Number(config[field]);
  return {
    name,
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

/** CLIP as published: both towers and their similarities. */
export const clipCase: ParityCase = {
  component: "clip",
  async run(file) {
    const config = configOf(file);
    const feeds = { image: file.get("in/image"), text: file.get("in/text") };
    return compute({ feeds, params: clipNames(file.part("w/")) }, ({ image, text }, p) => {
      const [images, texts] = [clipImage(p, image, config), clipText(p, text, config)];
      const logits = clipLogits(p, images, texts);
      return {
        "out/image_embed": images,
        "out/text_embed": texts,
        "out/logits_per_image": logits,
        "out/logits_per_text": logits.transpose([1, 0]),
      };
    });
  },
  tolerance: () => ({ atol: 1e-5 }),
};
