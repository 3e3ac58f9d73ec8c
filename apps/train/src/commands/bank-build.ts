import { join } from "node:path";
import { presets } from "@gmem/trainer";
import { checkConfig } from "../config/load.ts";
import { merge } from "../config/overrides.ts";
import { openRunBank } from "../run/bank.ts";
import { openEncoder } from "../run/make-encoder.ts";
import { makeEngine } from "../run/model-parts.ts";
import { openData } from "../run/open-data.ts";
import { bankInfo } from "./bank-info.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { presetTrees } from "./run.ts";

export interface BankBuildOptions {
  readonly out: string;
  readonly size: number;
  readonly encoder?: string;
  readonly rank?: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `gmem-train bank build`: every image of the folder becomes a row, none is held out but the one the split needs. */
export async function bankBuild(images: string, options: BankBuildOptions): Promise<void> {
  const { out, size, rank, seed, json } = options;
  const base = presetTrees()[presets["cifar-nano"]?.name ?? ""] ?? {};
  const config = checkConfig(
    merge(base, { name: "bank", data: images, seed, image: { size, heldOut: 1 } }),
    "bank build",
  );
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  const data = await openData(config, { signal });
  const engine = await makeEngine(config);
  try {
    const files = { bank: join(out, "bank.safetensors"), journal: join(out, "bank.edits.jsonl") };
    const path = options.encoder ?? join(out, "encoder.safetensors");
    const encoder = await openEncoder(path, data.train, { engine, settings: config.encoder, seed, signal });
    const bank = await openRunBank(files, data.train, { engine, encoder, rank: rank ?? null, signal });
    await bank.close();
  } finally {
    await engine.dispose();
  }
  await bankInfo(out, { ...(json ? { json } : {}) });
}
