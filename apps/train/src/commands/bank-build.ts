import { join } from "node:path";
import { presets } from "@gmem/trainer";
import { loadConfig } from "../config/load.ts";
import { merge } from "../config/overrides.ts";
import { openRunBank } from "../run/bank.ts";
import { type OpenEncoder, openEncoder } from "../run/make-encoder.ts";
import { makeEngine } from "../run/model-parts.ts";
import { openAll } from "../run/open-data.ts";
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

/** `gmem-train bank build`: every image becomes a row. Settings choose the encoder: encoder.kind=dinov2 encoder.weights=… */
export async function bankBuild(images: string, settings: readonly string[], options: BankBuildOptions): Promise<void> {
  const { out, size, rank, seed, json } = options;
  const base = presetTrees()[presets["cifar-nano"]?.name ?? ""] ?? {};
  const own = merge(base, { name: "bank", data: images, seed, image: { size } });
  const config = await loadConfig("bank build", { presets: { "bank build": own }, settings });
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  const { images: rows } = await openAll(config, { signal });
  const engine = await makeEngine(config);
  let encoder: OpenEncoder | undefined;
  try {
    const files = { bank: join(out, "bank.safetensors"), journal: join(out, "bank.edits.jsonl") };
    const path = options.encoder ?? join(out, "encoder.safetensors");
    encoder = await openEncoder(path, rows, { engine, settings: config.encoder, seed, signal });
    const bank = await openRunBank(files, rows, { engine, encoder, rank: rank ?? null, signal });
    await bank.close();
  } finally {
    await encoder?.dispose?.();
    await engine.dispose();
  }
  await bankInfo(out, { ...(json ? { json } : {}) });
}
