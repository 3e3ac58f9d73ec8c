import { existsSync } from "node:fs";
import { isLatentsFolder, openLatents, type StoredLatents } from "@gmem/datasets/latents";
import type { Dataset } from "@gmem/spec";
import { counted, differences, GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { type DataFacts, factsOf } from "../parts/all-images.ts";
import { needsOf } from "../parts/conditioner.ts";
import { type Data, dataName, openData } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";

/** What `data` names, opened: pictures, or latents that were computed before. */
export type DataSource = DataFacts & {
  readonly about: string;
} & (
    | { readonly kind: "images"; readonly data: Data }
    | { readonly kind: "latents"; readonly stored: StoredLatents; readonly made: LatentsKey }
  );

/** What stored latents depend on; a run that reads them must say the same. */
export interface LatentsKey extends Pick<RunConfig, "image" | "tokenizer"> {
  readonly data: string;
  /** Of a folder of images. */
  readonly contentId?: string;
  readonly seed: number;
  /** Whether half precision is stored. */
  readonly half?: boolean;
  /** Where snippets or targets are stored. */
  readonly encoder?: RunConfig["encoder"];
  readonly encoderId?: string;
  /** Tokens a side of the targets. */
  readonly grid?: number;
  /** Of the encoders of the targets. */
  readonly targetIds?: readonly string[];
}

/** @throws {GMemError} code `DATA` for a folder that is missing, has no usable image or other latents than the run wants. */
export async function openSource(config: RunConfig, options: WorkOptions = {}): Promise<DataSource> {
  const { data: named } = config;
  if (typeof named === "string" && existsSync(named) && isLatentsFolder(named)) {
    const stored = await openLatents(named);
    const made = stored.manifest.key as LatentsKey;
    try {
      checkAgreement(named, config, made);
      checkCaptions(config, stored);
    } catch (error) {
      await stored.close();
      throw error;
    }
    const { manifest } = stored;
    const facts = factsOf({ ...manifest, leftOut: manifest.leftOut ?? [] });
    const about = `latents of ${counted(manifest.count, "image")} from ${made.data}`;
    return { kind: "latents", stored, made, ...facts, about };
  }
  const data = await openData(config, options);
  checkCaptions(config, data.train);
  const { train } = data;
  return { kind: "images", data, ...factsOf(data), about: `${train.length} from ${dataName(config)}` };
}

/** @throws {GMemError} code `DATA` where text conditions a run and no picture has a caption. */
function checkCaptions(config: RunConfig, data: Pick<Dataset<unknown>, "captionsAt"> | StoredLatents): void {
  if (!needsOf(config.conditioner).text || data.captionsAt) return;
  throw new GMemError(
    "DATA",
    `conditioner: ${config.conditioner.kind} needs captions, got none in ${dataName(config)}; put NAME.txt beside NAME.jpg, or a metadata.jsonl with file_name and text (docs/captioned-data.md), and write latents again`,
  );
}

/** A tokenizer that was trained is known by its hash, wherever it lies. */
const withoutFolder = (settings: RunConfig["tokenizer"]): object => {
  if (settings.kind !== "trained") return settings;
  const { folder: _, ...rest } = settings;
  return rest;
};

function checkAgreement(folder: string, config: RunConfig, made: LatentsKey): void {
  const { size, decode, background } = config.image;
  const { decode: decoded = "pillow" } = made.image ?? {}; // before there was another way
  const parts = {
    "image.size": [size, made.image?.size],
    "image.decode": [decode, decoded],
    ...(decoded === "seen" ? { "image.background": [background, made.image?.background] } : {}),
    tokenizer: [config.tokenizer, made.tokenizer].map(withoutFolder),
    ...(made.encoder && needsOf(config.conditioner).snippets ? { encoder: [config.encoder, made.encoder] } : {}),
  };
  const [other] = Object.entries(parts).flatMap(([name, [wanted, stored]]) => differences(stored, wanted, name));
  if (other === undefined) return;
  const [stored, wanted] = [other.before, other.now].map((side) => JSON.stringify(side ?? null));
  throw new GMemError(
    "DATA",
    `${folder}: its latents must be of the run's ${other.at}, ${wanted}, got ${stored}; set ${other.at}=${stored}, or write the latents again`,
  );
}
