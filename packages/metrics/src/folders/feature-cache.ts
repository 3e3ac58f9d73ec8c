import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import { readSafetensors, textHash, writeFileAtomic, writeSafetensors } from "@gmem/weights";

/** What a part of a pass found. */
export interface CachedPart {
  readonly arrays: Named<NDArray<"f32">>;
  /** What else is known of the pictures, as JSON. */
  readonly facts: string;
  /** What computing it took. */
  readonly seconds: number;
}

/** The parts of one pass over pictures through one extractor. */
export interface CachedPass {
  /** How many parts there are, where all of them are kept. */
  readonly whole: number | undefined;
  /** Undefined where it is not kept, or not as it was written. */
  part(index: number): Promise<CachedPart | undefined>;
  keep(index: number, part: CachedPart): Promise<void>;
  /** All parts are kept. */
  finish(parts: number): Promise<void>;
}

/** Features on disk, each part a file that appears when it is whole: a pass that was killed goes on after its last one. */
export interface FeatureCache {
  /** @param key Everything that the features depend on. */
  pass(key: readonly string[]): Promise<CachedPass>;
}

const format = "gmem-features-2";

/** What the features of a pass depend on. */
export const passKey = (of: {
  readonly content: string;
  /** Of the extractor. */
  readonly id: string;
  readonly resize: string;
  readonly onBad: string;
}): readonly string[] => [of.content, of.id, of.resize, of.onBad];

/**
 * Features by content: the same pictures under another path are found again, one changed pixel is not.
 * @param folder Made if it is not there; what it holds can be deleted at any time.
 * @throws {GMemError} code `CONFIG` for a place where no folder can be made; from `keep` `DISK_FULL`.
 * @example
 * // no-run
 * const cache = featureCache("cache/features");
 */
export function featureCache(folder: string): FeatureCache {
  return {
    async pass(key) {
      const own = join(folder, textHash([format, ...key.map((part) => `${part}\n`)]));
      await mkdir(own, { recursive: true }).catch((cause: Error) => {
        throw new GMemError("CONFIG", `featureCache: must be a folder that can be written to, got ${cause.message}`, {
          cause,
        });
      });
      const fileOf = (index: number): string => join(own, `part-${String(index).padStart(5, "0")}.safetensors`);
      const whole = join(own, "whole.json");
      return {
        whole: await readFile(whole, "utf8").then(
          (text) => partsOf(text),
          () => undefined,
        ),
        async part(index) {
          const found = await readSafetensors(fileOf(index)).catch(() => undefined);
          if (found?.metadata.format !== format) return undefined;
          const { facts = "{}", seconds = "0" } = found.metadata;
          return { arrays: found.tensors as Named<NDArray<"f32">>, facts, seconds: Number(seconds) };
        },
        async keep(index, { arrays, facts, seconds }) {
          await rm(whole, { force: true });
          await writeSafetensors(fileOf(index), arrays, { metadata: { format, facts, seconds: `${seconds}` } });
        },
        finish: (parts) => writeFileAtomic(whole, JSON.stringify({ parts })),
      };
    },
  };
}

function partsOf(text: string): number | undefined {
  try {
    const { parts } = JSON.parse(text) as { readonly parts?: unknown };
    return Number.isInteger(parts) ? (parts as number) : undefined;
  } catch {
    return undefined;
  }
}
