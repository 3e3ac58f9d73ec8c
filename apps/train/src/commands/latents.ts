import { join } from "node:path";
import { writeLatents } from "@gmem/datasets/latents";
import { GMemError } from "@gmem/tensor";
import { loadConfig } from "../config/load.ts";
import { progress } from "../output/progress.ts";
import { self } from "../output/self.ts";
import type { LatentsKey } from "../run/data-source.ts";
import { encodeRows } from "../run/encode-rows.ts";
import { type OpenEncoder, openEncoder } from "../run/make-encoder.ts";
import { latentShape, makeTokenizer } from "../run/make-tokenizer.ts";
import { makeEngine, tokenGrid } from "../run/model-parts.ts";
import { openAll } from "../run/open-data.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { presetTrees } from "./run.ts";

export interface LatentsOptions {
  readonly out: string;
  readonly snippets?: boolean;
  readonly targets?: boolean;
  readonly shardRows: number;
  readonly half?: boolean;
  readonly json?: boolean;
}

/** `gmem-train latents`: what training needs of every image, computed once, in shards that a run reads as its data. */
export async function latents(source: string, settings: readonly string[], options: LatentsOptions): Promise<void> {
  const config = await loadConfig(source, { presets: presetTrees(), settings });
  const { image, tokenizer: settingsOfTokenizer, encoder: settingsOfEncoder, seed } = config;
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  const { images, classes, bad } = await openAll(config, { signal });
  const engine = await makeEngine(config);
  let encoder: OpenEncoder | undefined;
  try {
    const tokenizer = await makeTokenizer(config, { engine, signal });
    if (options.snippets || options.targets)
      encoder = await openEncoder(join(options.out, "encoder.safetensors"), images, {
        ...{ engine, settings: settingsOfEncoder, seed, signal },
      });
    const grid = options.targets ? tokenGrid(config, latentShape(config)) : undefined;
    if (grid !== undefined && !encoder?.patchTokens)
      throw new GMemError("CONFIG", `latents: --targets needs an encoder with tokens of patches, got ${encoder?.name}`);
    const key: LatentsKey = {
      ...{ data: config.data, image, tokenizer: settingsOfTokenizer, seed },
      ...(encoder ? { encoder: settingsOfEncoder, encoderId: encoder.id } : {}),
      ...(grid === undefined ? {} : { grid }),
    };
    // SD-VAE's latents are drawn anew at each visit, as in REPA; VA-VAE's once, as in LightningDiT
    const posterior = settingsOfTokenizer.kind === "va-vae" ? "once" : "each visit";
    const line = progress({ label: "latents", total: images.length });
    const manifest = await writeLatents(images, {
      ...{ folder: options.out, key: JSON.parse(JSON.stringify(key)) as LatentsKey, classes, signal },
      encode: encodeRows({
        ...{ tokenizer, posterior, flip: image.flip, seed },
        ...(encoder ? { encoder } : {}),
        ...(grid === undefined ? {} : { grid }),
      }),
      shardRows: options.shardRows,
      floats: options.half ? "f16" : "f32",
      onProgress: (done) => line.update(done),
    });
    line.finish(
      `${manifest.count} images → ${options.out}${bad.length ? `, ${bad.length} unusable files left out` : ""}`,
    );
    process.stdout.write(
      options.json
        ? `${JSON.stringify(manifest)}\n`
        : `${Object.entries(manifest.parts)
            .map(([name, shape]) => `${name} [${shape}]`)
            .join(", ")}\ntrain  ${self} run ${source} data=${options.out} …\n`,
    );
  } finally {
    await encoder?.dispose?.();
    await engine.dispose();
  }
}
