import type { FeatureExtractor } from "@gmem/spec";
import { checkFinite, concatRows, type NDArray, stopIfAborted } from "@gmem/tensor";
import type { CachedPart } from "./feature-cache.ts";
import type { pictureFit } from "./fit-picture.ts";
import type { PictureFacts } from "./picture-facts.ts";
import type { Pictures, ReadingOptions } from "./pictures.ts";
import { readPart, stacked } from "./read-part.ts";

/** Pictures of a part, which is a file of the cache. */
export const partLength = 256;

/** Pictures of one call of an extractor. */
const blockLength = 64;

export interface PartOptions extends ReadingOptions {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly fit: ReturnType<typeof pictureFit>;
  readonly size: string | undefined;
  readonly extractors: readonly FeatureExtractor[];
  /** Pictures are looked at, so that all bad ones are named, but not extracted; nor are those of a part with bad ones. */
  readonly hasBad: boolean;
  readonly onBad: "refuse" | "skip";
}

/**
 * Decodes pictures from … to, and shows each to every extractor.
 * @throws {GMemError} code `NON_FINITE` naming the picture, `DATA` for another size, `ABORTED`.
 */
export async function computePart(
  pictures: Pictures,
  { path, from, to, fit, size, signal, onProgress, extractors, onBad, ...part }: PartOptions,
): Promise<{ readonly parts: readonly CachedPart[]; readonly facts: PictureFacts }> {
  const began = performance.now();
  const { images, facts } = await readPart(pictures, { path, from, to, fit, size, signal });
  const hasBad = part.hasBad || (onBad === "refuse" && facts.leftOut.length > 0);
  const decoding = (performance.now() - began) / 1000;
  const blocks: Record<string, NDArray<"f32">[]>[] = extractors.map(() => ({}));
  const seconds = extractors.map(() => decoding);
  for (let at = 0; at < images.length && !hasBad; at += blockLength) {
    const block = stacked(images.slice(at, at + blockLength));
    for (const [i, extractor] of extractors.entries()) {
      stopIfAborted(signal, "folders: stopped by its signal; what a cache has of this pass is kept");
      const start = performance.now();
      const outputs = Object.entries(await extractor.extract(block)) as [string, NDArray<"f32">][];
      for (const [name, value] of outputs) {
        checkFinite(
          { [name]: value },
          {
            where: `folders: ${extractor.name}`,
            row: (row) => `"${facts.ids[at + row]}"`,
            remedy: "check its weights",
          },
        );
        const own = blocks[i] as Record<string, NDArray<"f32">[]>;
        own[name] = [...(own[name] ?? []), value];
      }
      seconds[i] = (seconds[i] as number) + (performance.now() - start) / 1000;
    }
    onProgress?.({
      stage: "pictures",
      done: from + at + (block.shape[0] as number),
      total: pictures.length,
      note: path,
    });
  }
  const said = JSON.stringify(facts);
  return {
    facts,
    parts: blocks.map((own, i) => ({
      arrays: Object.fromEntries(Object.entries(own).map(([name, list]) => [name, concatRows(list)])),
      facts: said,
      seconds: seconds[i] as number,
    })),
  };
}
