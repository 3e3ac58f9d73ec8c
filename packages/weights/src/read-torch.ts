import { stat } from "node:fs/promises";
import type { Named, NDArray } from "@gmem/tensor";
import { sizeOf } from "@gmem/tensor";
import { elements } from "./element.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import { materialLimit, openTorch } from "./open-torch.ts";
import { WeightsError } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";

/**
 * Reads every tensor of a torch `.pt` or `.pth` file into memory; nothing in it is executed.
 * @throws {WeightsError} as {@link openTorch}
 * @example
 * // no-run
 * const { tensors, values } = await readTorch("last.pt");
 * const ema = selectStateDict({ tensors }); // blocks.0.attn.qkv.weight, ...
 * values["step"]; // 400000
 */
export async function readTorch(
  path: string,
): Promise<{ readonly tensors: Named<NDArray>; readonly values: Named<PlainValue> }> {
  const file = await openTorch(path);
  try {
    checkMaterial({ path, size: (await stat(path)).size, tensors: file.tensors });
    const entries: [string, NDArray][] = [];
    for (const name of Object.keys(file.tensors)) entries.push([name, await file.read(name)]);
    return { tensors: Object.fromEntries(entries), values: file.values };
  } finally {
    await file.close();
  }
}

/** Refuses tensors that share so much that they are far larger than their file. @throws {WeightsError} code `FORMAT` */
export function checkMaterial({ path, size, tensors }: Pick<WeightsFile, "path" | "size" | "tensors">): void {
  const bytes = Object.values(tensors).reduce(
    (sum, { dtype, shape }) => sum + sizeOf(shape) * elements[dtype].bytes,
    0,
  );
  if (bytes <= materialLimit(size)) return;
  const rule = "torch: all tensors together must not be far larger than the file; open it and read them one by one";
  throw new WeightsError("FORMAT", { file: path, rule, found: `${bytes} bytes in a file of ${size}` });
}
