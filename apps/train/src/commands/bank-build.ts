import { buildBank, loadConfig, merge, presetTrees } from "@gmem/runs";
import { stopOnInterrupt } from "@gmem/terminal";
import { work } from "../terminal.ts";
import { bankInfo } from "./bank-info.ts";

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
  const { out: folder, size, rank = null, seed, json, encoder } = options;
  const base = presetTrees()["cifar-nano"] ?? {};
  const own = merge(base, { name: "bank", data: images, seed, image: { size }, bank: { rank } });
  const config = await loadConfig("bank build", settings, { "bank build": own });
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  await buildBank(config, { folder, encoder, signal, ...work() });
  await bankInfo(folder, { ...(json ? { json } : {}) });
}
