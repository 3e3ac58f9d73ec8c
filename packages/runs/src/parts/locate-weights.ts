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
  const named = checkWeightsNamed(setting, value, { what });
  if (!named.startsWith("hf:")) return named;
  let last: { readonly done: number; readonly total: number } | undefined;
  const path = await hubFile(named, {
    ...hub,
    ...(signal && { signal }),
    onProgress(done, total) {
      last = { done, total };
      onProgress?.({ stage: "download", ...last, note: named });
    },
  });
  if (last) onProgress?.({ stage: "download", ...last, result: named });
  return path;
}

/**
 * {@link locateWeights}, as far as it goes without fetching: what is named.
 * @throws {GMemError} code `CONFIG` if nothing or a file that does not exist is named.
 */
export function checkWeightsNamed(setting: string, value: string | null, { what }: { readonly what: string }): string {
  if (value === null)
    throw new GMemError(
      "CONFIG",
      `${setting}: needs the weights of ${what}, got none; give ${setting}=FILE or ${setting}=hf:owner/name/file`,
    );
  if (!value.startsWith("hf:") && !existsSync(value))
    throw new GMemError("CONFIG", `${setting}: must be a file, got ${value}, which does not exist`);
  return value;
}
