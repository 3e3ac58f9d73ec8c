import { leftOutNames, leftOutSummary } from "@gmem/datasets/folder";
import { encodeLatents, loadConfig } from "@gmem/runs";
import { stopOnInterrupt } from "@gmem/terminal";
import { invocation, say, work } from "../terminal.ts";

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
  const { out: folder, json, ...kept } = options;
  const config = await loadConfig(source, settings);
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  const manifest = await encodeLatents(config, { folder, ...kept, signal, ...work() });
  const parts = Object.entries(manifest.parts).map(([name, shape]) => `${name} [${shape}]`);
  const { leftOut = [] } = manifest;
  const without =
    leftOut.length > 0 ? [leftOutSummary(leftOut), ...leftOutNames(leftOut)].map((line) => `${line}\n`) : [];
  say(json, manifest, `${without.join("")}${parts.join(", ")}\ntrain  ${invocation} run ${source} data=${folder} …`);
}
