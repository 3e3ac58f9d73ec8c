import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JobKind } from "@gmem/jobs";
import type { ProtocolName } from "@gmem/metrics";
import {
  type ExtractOptions,
  extractFeatures,
  type FeatureParts,
  featureCache,
  featureParts,
  partLength,
} from "@gmem/metrics/folders";
import type { FeatureExtractor } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import { openEngine } from "../parts/engine.ts";
import { openFeatures } from "../parts/extractor.ts";
import { checkInput } from "./check-input.ts";
import { filesIn } from "./files-in.ts";
import { openTold, type PicturesOf, toldPictures } from "./pictures-of.ts";

/** What a worker takes to open networks again. */
interface Words extends Required<Pick<ExtractOptions, "resize" | "onBad">> {
  /** As `openFeatures` takes them. */
  readonly features: readonly string[];
  readonly protocol?: ProtocolName | undefined;
  readonly engine: RunConfig["engine"];
}

export interface AskedFeatures extends Words {
  readonly of: PicturesOf;
  /** The parts of those pictures. */
  readonly parts: FeatureParts;
  /** Those that `features` name. */
  readonly extractors: readonly FeatureExtractor[];
  /** Folder of a `featureCache`. */
  readonly cache: string;
}

interface Settings extends Words {
  readonly pictures: unknown;
}

/** A weight file of this machine by its whole path; what is fetched, and what needs none, stays as it is. */
function wholePath(word: string): string {
  const [name = "", ...rest] = word.split("=");
  if (name.endsWith(".onnx")) return resolve(word);
  const weights = rest.join("=");
  return weights === "" || weights.startsWith("hf:") ? word : `${name}=${resolve(weights)}`;
}

/** Features of pictures, parts of a cache of features, where `gmem-evaluate` finds them. */
export const featuresJob: JobKind<AskedFeatures> = {
  name: "features",
  place: ({ cache }) => cache,
  async plan({ of, features, protocol, resize, onBad, engine, parts, extractors, cache }) {
    if (await parts.isKept(featureCache(cache), extractors)) return undefined;
    const settings: Settings = {
      ...{ pictures: toldPictures(of), features: features.map(wholePath), resize, onBad, engine },
      ...(protocol && { protocol }),
    };
    const inputs = { pictures: parts.content, ...Object.fromEntries(extractors.map(({ name, id }) => [name, id])) };
    return { settings, inputs, count: parts.pictures, shardSize: partLength };
  },
  async open(job, { store, scratch, ...work }) {
    const { pictures: told, features, protocol, resize, onBad, engine: settings } = job.settings as Settings;
    const { pictures: wanted, ...networks } = job.inputs;
    const source = await openTold(told, { store, onBad, content: wanted, ...work });
    const parts = await featureParts(source, { resize, onBad, ...work });
    checkInput({ what: "pictures", found: parts.content, wanted });
    const engine = await openEngine(settings);
    const extractors: FeatureExtractor[] = [];
    const close = async (): Promise<void> => {
      for (const extractor of extractors) await extractor.dispose?.();
      await engine.dispose();
    };
    try {
      for (const word of features) extractors.push(await openFeatures(word, { engine, protocol, ...work }));
      for (const { name, id } of extractors)
        checkInput({ what: `weights of ${name}`, found: id, wanted: networks[name] });
    } catch (error) {
      await close();
      throw error;
    }
    return {
      async compute({ index }) {
        await mkdir(scratch, { recursive: true });
        const draft = await mkdtemp(join(scratch, "features-"));
        try {
          await parts.keep(index, { extractors, cache: featureCache(draft), signal: work.signal });
          return await filesIn(draft);
        } finally {
          await rm(draft, { recursive: true, force: true });
        }
      },
      close,
    };
  },
  async finish({ parts, extractors, resize, onBad, cache }, work) {
    const { signal, onProgress } = work;
    await extractFeatures(parts.source, { extractors, resize, onBad, cache: featureCache(cache), signal, onProgress });
  },
};
