import { isGMemError, type Named, type NDArray, sizeOf } from "@gmem/tensor";
import { bitsOf, elementOf } from "./element.ts";
import type { TensorEntry } from "./header.ts";
import { materialLimit } from "./open-torch.ts";
import { WeightsError } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";

/** Every tensor of a file that can be read. */
export interface AllTensors {
  readonly tensors: Named<NDArray>;
  /** Those whose elements have no counterpart here: complex numbers, text, integers beyond ±2^53. */
  readonly unread: Named<TensorEntry>;
}

/** Reads what can be read of an open file into memory. @throws {WeightsError} code `FORMAT` for far more than the file. */
export async function readAll(
  file: Pick<WeightsFile, "path" | "format" | "size" | "tensors" | "read">,
): Promise<AllTensors> {
  checkMaterial(file);
  const tensors: [string, NDArray][] = [];
  const unread: [string, TensorEntry][] = [];
  for (const [name, entry] of Object.entries(file.tensors))
    try {
      tensors.push([name, await file.read(name)]);
    } catch (error) {
      if (!isGMemError(error, "WEIGHTS") || error.cause !== undefined) throw error; // what the file system says has a cause
      unread.push([name, entry]);
    }
  return { tensors: Object.fromEntries(tensors), unread: Object.fromEntries(unread) };
}

/** Deflated arrays may be far larger than their file, as masks and counts are, but not by any factor. */
const unpackedLimit = (size: number): number => 32 * size + 2 ** 28;

/** Refuses tensors that are far larger than their file, by sharing or by deflating. */
function checkMaterial({ path, format, size, tensors }: Omit<Parameters<typeof readAll>[0], "read">): void {
  if (format !== "torch" && format !== "npz") return;
  const bytes = Object.values(tensors).reduce(
    (sum, { dtype, shape }) => sum + (elementOf(dtype) ? (sizeOf(shape) * (bitsOf(dtype) ?? 0)) / 8 : 0),
    0,
  );
  if (bytes <= (format === "torch" ? materialLimit(size) : unpackedLimit(size))) return;
  const rule = "all tensors together must not be far larger than the file; open it and read them one by one";
  throw new WeightsError("FORMAT", {
    file: path,
    rule: `${format}: ${rule}`,
    found: `${bytes} bytes in a file of ${size}`,
  });
}
