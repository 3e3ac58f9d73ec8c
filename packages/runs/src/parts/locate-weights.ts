import { existsSync } from "node:fs";
import { GMemError } from "@gmem/tensor";
import { hubFile } from "@gmem/weights";
import type { WorkOptions } from "../progress.ts";

/**
 * The file on this disk that a setting names: a path, or `hf:owner/name/file@revision`, which is fetched once into the cache
 * that Python's library uses as well.
 * @param setting the key that the error names, such as `tokenizer.weights`.
 * @throws {GMemError} code `CONFIG` if nothing or a file that does not exist is named.
 */
export async function locateWeights(
  setting: string,
  value: string | null,
  { what, hub, signal, onProgress }: WorkOptions & { readonly what: string },
): Promise<string> {
  if (value === null)
    throw new GMemError(
      "CONFIG",
      `${setting}: needs the weights of ${what}, got none; give ${setting}=FILE or ${setting}=hf:owner/name/file`,
    );
  if (!value.startsWith("hf:")) {
    if (!existsSync(value))
      throw new GMemError("CONFIG", `${setting}: must be a file, got ${value}, which does not exist`);
    return value;
  }
  let last: { readonly done: number; readonly total: number } | undefined;
  const path = await hubFile(value, {
    ...hub,
    ...(signal && { signal }),
    onProgress(done, total) {
      last = { done, total };
      onProgress?.({ stage: "download", ...last, note: value });
    },
  });
  if (last) onProgress?.({ stage: "download", ...last, result: value });
  return path;
}
