import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PlainValue } from "./flatten-checkpoint.ts";
import { isBoundless } from "./json-memory.ts";
import { openWeightsFile } from "./open-weights-file.ts";
import { fileError, missingTensor, WeightsError } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";

/**
 * Opens what a path stands for: a file, the index of a checkpoint in several files (`model.safetensors.index.json`), or a
 * folder with one of either.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that is missing.
 */
export async function openAllWeights(path: string): Promise<WeightsFile> {
  const file = await inFolder(path).catch((cause: unknown) => {
    throw fileError(path, "read", cause);
  });
  const opened = await (file.endsWith(".index.json") ? openShards(file) : openWeightsFile(file));
  return { ...opened, path };
}

/** The one index, else the one file of safetensors, in a folder; a path to a file as it is. */
async function inFolder(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return path;
  const names = (await readdir(path)).sort();
  for (const ending of [".safetensors.index.json", ".safetensors", ".index.json"]) {
    const found = names.filter((name) => name.endsWith(ending));
    if (found.length === 1) return join(path, found[0] as string);
    if (found.length > 1) throw folderError(path, `${found.length}: ${found.slice(0, 8).join(", ")}`);
  }
  throw folderError(path, `none in ${names.length} files`);
}

const folderError = (file: string, found: string): WeightsError =>
  new WeightsError("WEIGHTS", {
    file,
    rule: "a folder must hold one index (model.safetensors.index.json) or one safetensors file; name the file",
    found,
  });

/** All files that an index lists, as one; their formats are told by their content. */
async function openShards(path: string): Promise<WeightsFile> {
  const { names, values } = parseIndex(await readFile(path), path);
  const shards = new Map<string, WeightsFile>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  const shardOf = (name: string): WeightsFile => {
    const shard = shards.get(names.get(name) ?? "");
    if (!shard) throw missingTensor(path, name, [...names.keys()]);
    return shard;
  };
  try {
    for (const file of new Set(names.values())) shards.set(file, await openWeightsFile(join(dirname(path), file)));
    const tensors = [...names.keys()].map((name) => {
      const { tensors, path: file } = shardOf(name);
      const entry = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (!entry) throw missingTensor(file, name, Object.keys(tensors), "FORMAT");
      return [name, entry] as const;
    });
    const [format = "safetensors"] = [...shards.values()].map((shard) => shard.format);
    const read: WeightsFile["read"] = async (name) => shardOf(name).read(name);
    const size = [...shards.values()].reduce((sum, shard) => sum + shard.size, 0);
    return { path, format, size, tensors: Object.fromEntries(tensors), values, read, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** `{ metadata, weight_map: { tensor: file } }`: which file beside the index has which tensor. */
function parseIndex(
  bytes: Uint8Array,
  file: string,
): { readonly names: ReadonlyMap<string, string>; readonly values: Readonly<Record<string, PlainValue>> } {
  const fail = (rule: string, found: string, cause?: unknown): never => {
    throw new WeightsError("FORMAT", { file, rule: `index: ${rule}`, found, cause });
  };
  if (isBoundless(bytes, bytes.length))
    fail("it must not be far larger once it is read", `${bytes.length} bytes of brackets`);
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    fail("it must be JSON; fetch it again", JSON.stringify(text.slice(0, 40)), cause);
  }
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const { weight_map: map, metadata = {} } = isRecord(json) ? json : {};
  if (!isRecord(map) || !isRecord(metadata))
    return fail("it must have a weight_map and may have metadata", "another object");
  const names = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !/^[\w-][\w.+ -]*$/.test(shard) || name === "__proto__")
      return fail(
        "weight_map gives every tensor a file in the same folder",
        JSON.stringify({ [name]: shard }).slice(0, 200),
      );
    names.set(name, shard);
  }
  return { names, values: metadata as Record<string, PlainValue> };
}
