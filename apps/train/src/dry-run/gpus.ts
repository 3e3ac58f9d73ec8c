import { didYouMean } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";

/** A card by its data sheet. */
export interface Gpu {
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  /** Multiply-adds of float32 matrices, two operations each, per second: TF32 on tensor cores where there are any, dense. */
  readonly peak: number;
}

const gpu = (name: string, gigabytes: number, teraflops: number): Gpu => ({
  name,
  memory: gigabytes * 1e9,
  peak: teraflops * 1e12,
});

const gpus: Readonly<Record<string, Gpu>> = {
  t4: gpu("T4, 16 GB", 16, 8.1),
  l4: gpu("L4, 24 GB", 24, 60),
  rtx3090: gpu("RTX 3090, 24 GB", 24, 35.6),
  rtx4090: gpu("RTX 4090, 24 GB", 24, 82.6),
  a100: gpu("A100, 80 GB", 80, 156),
  h800: gpu("H800, 80 GB", 80, 494),
  h100: gpu("H100 SXM, 80 GB", 80, 494),
  h200: gpu("H200, 141 GB", 141, 494),
};

export const gpuNames: readonly string[] = Object.keys(gpus);

/** @throws {GMemError} code `CONFIG` for a name that is not in the table. */
export function gpuNamed(name = "a100"): Gpu {
  const found = gpus[name.toLowerCase().replaceAll(/[\s-]/g, "")];
  if (!found)
    throw new GMemError("CONFIG", `--gpu: must be ${gpuNames.join(", ")}, got "${name}".${didYouMean(name, gpuNames)}`);
  return found;
}

/** Part of its peak that a transformer's train step reaches in practice; the estimate says so. */
export const usualShare = 0.4;
