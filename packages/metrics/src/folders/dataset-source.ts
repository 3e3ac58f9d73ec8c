import { createHash } from "node:crypto";
import { toBytes } from "@gmem/datasets/folder";
import type { Dataset, ImageExample } from "@gmem/spec";
import { stopIfAborted } from "@gmem/tensor";
import type { PictureSource } from "./pictures.ts";

/**
 * A dataset of images as pictures.
 * @param content What its pictures are known by, where somebody knows it; without it they are read once more.
 * @example
 * const image = zeros([3, 8, 8]);
 * const source = datasetSource({ name: "black", length: 4, at: async (i: number) => ({ image, id: `${i}` }) });
 */
export const datasetSource = (dataset: Dataset<ImageExample>, content?: string): PictureSource => ({
  path: dataset.name,
  async content({ signal, onProgress } = {}) {
    if (content !== undefined) return content;
    const hash = createHash("sha256");
    for (let index = 0; index < dataset.length; index++) {
      stopIfAborted(signal, "folders: stopped by its signal");
      const { image, id } = await dataset.at(index);
      hash.update(`${id}\0${image.shape}\0`).update(toBytes(image).data);
      onProgress?.({ stage: "digest", done: index + 1, total: dataset.length, note: dataset.name });
    }
    return hash.digest("hex").slice(0, 16);
  },
  async open() {
    const ids: string[] = [];
    return {
      length: dataset.length,
      classes: [],
      idOf: (index) => ids[index] ?? `${index}`,
      async read(index) {
        const { image, id } = await dataset.at(index);
        ids[index] = id;
        return { image: toBytes(image), format: "dataset" };
      },
    };
  },
});
