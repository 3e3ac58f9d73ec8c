import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { hubFile } from "@gmem/weights";
import { progress, quantity } from "../output/progress.ts";

/**
 * The file on this disk that a setting names: a path, or `hf:owner/name/file@revision`, which is fetched once into the cache
 * that Python's library uses as well. HF_HOME, HF_ENDPOINT and HF_TOKEN mean what they mean there.
 * @param setting the key that the error names, such as `tokenizer.weights`.
 * @throws {GMemError} code `CONFIG` if nothing or a file that does not exist is named.
 */
export async function weightsFile(
  setting: string,
  value: string | null,
  { what, signal }: { readonly what: string; readonly signal?: AbortSignal | undefined },
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
  const { HF_HOME = join(homedir(), ".cache", "huggingface"), HF_ENDPOINT, HF_TOKEN } = process.env;
  const line = progress({ label: "download", total: 1 });
  let seen = false;
  const path = await hubFile(value, {
    cacheDir: join(HF_HOME, "hub"),
    ...(HF_ENDPOINT && { hubUrl: HF_ENDPOINT }),
    ...(HF_TOKEN && { token: HF_TOKEN }),
    ...(signal && { signal }),
    onProgress(bytes, total) {
      seen = true;
      line.update(bytes / total, `${value} · ${quantity(bytes, "B")} of ${quantity(total, "B")}`);
    },
  });
  if (seen) line.finish(value);
  return path;
}
