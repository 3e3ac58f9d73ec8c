import { loadImages } from "@gmem/datasets";
import type { NDArray } from "@gmem/tensor";
import { contentHash, textHash } from "@gmem/weights";
import type { Images } from "../parts/dataset.ts";

const block = 64;

/** What a bank or an encoder was made from: a hash of all pixels, labels and their order. */
export async function contentOf(images: Images): Promise<string> {
  const { look, content } = contentAsSeen(images);
  for (let from = 0; from < images.length; from += block)
    look(
      await loadImages(
        images,
        Int32Array.from({ length: Math.min(block, images.length - from) }, (_, i) => from + i),
      ),
    );
  return content();
}

/** {@link contentOf} of images that somebody else reads: from the first to the last, in blocks of 64 but for the last. */
export function contentAsSeen({ labels }: Pick<Images, "labels">): {
  look(images: NDArray<"f32">): void;
  content(): string;
} {
  const seen = [contentHash(labels ? { labels: { dtype: "i32", shape: [labels.length], data: labels } } : {})];
  return {
    look: (images) => void seen.push(contentHash({ images })),
    content: () => textHash(seen),
  };
}
