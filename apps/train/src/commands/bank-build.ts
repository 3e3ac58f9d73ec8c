import { buildBank, loadConfig, merge, presetTrees, type RunConfig } from "@gmem/runs";
import { bankJob } from "@gmem/runs/jobs";
import { GMemError } from "@gmem/tensor";
import { stopOnInterrupt } from "@gmem/terminal";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";
import { sharedSettings } from "../shared-settings.ts";
import { work } from "../terminal.ts";
import { bankInfo } from "./bank-info.ts";

export interface BankBuildOptions extends ShareFlags {
  readonly out: string;
  readonly size: number;
  readonly encoder?: string;
  readonly rank?: number;
  readonly seed: number;
}

/** `gmem-train bank build`: every image becomes a row. Settings choose the encoder: encoder.kind=dinov2 encoder.weights=… */
export async function bankBuild(images: string, settings: readonly string[], options: BankBuildOptions): Promise<void> {
  const { out: folder, size, rank = null, seed, json, encoder } = options;
  const base = presetTrees()["cifar-nano"] ?? {};
  const own = merge(base, { name: "bank", data: images, seed, image: { size }, bank: { rank } });
  const config = await loadConfig("bank build", [...sharedSettings(options), ...settings], { "bank build": own });
  if (!(await shareBank(config, { folder, options }))) return;
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  await buildBank(config, { folder, encoder, signal, ...work() });
  await bankInfo(folder, { ...(json ? { json } : {}) });
}

/** Has processes or machines compute the rows, where flags say so. @returns false where the command does not wait. */
async function shareBank(
  config: RunConfig,
  { folder, options }: { readonly folder: string; readonly options: BankBuildOptions },
): Promise<boolean> {
  if (!isShared(options)) return true;
  if (options.encoder !== undefined)
    throw new GMemError("CONFIG", "--encoder: a bank that is shared learns its own encoder, got a file; leave it out");
  return (await shareWork(bankJob, { config, folder }, options)) !== undefined;
}
