import { stat } from "node:fs/promises";
import type { Named } from "@gmem/tensor";
import type { PlainValue } from "./flatten-checkpoint.ts";
import { openTorch } from "./open-torch.ts";
import { type AllTensors, readAll } from "./read-all.ts";

/**
 * Reads every tensor of a torch `.pt` or `.pth` file into memory; nothing in it is executed. Tensors of an element type that
 * cannot be read are left out and listed as `unread`.
 * @throws {WeightsError} as {@link openTorch}
 * @example
 * // no-run
 * const { tensors, values } = await readTorch("last.pt");
 * const ema = selectStateDict({ tensors }); // blocks.0.attn.qkv.weight, ...
 * values["step"]; // 400000
 */
export async function readTorch(path: string): Promise<AllTensors & { readonly values: Named<PlainValue> }> {
  const file = await openTorch(path);
  try {
    const all = await readAll({ ...file, format: "torch", size: (await stat(path)).size });
    return { ...all, values: file.values };
  } finally {
    await file.close();
  }
}
