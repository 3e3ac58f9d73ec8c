import { elements } from "./element.ts";
import { flattenCheckpoint } from "./flatten-checkpoint.ts";
import { PickleInput } from "./pickle-input.ts";
import type { TorchStorage } from "./pickle-values.ts";
import { torchClasses } from "./torch-classes.ts";
import type { TorchContent } from "./torch-content.ts";
import { unpickle } from "./unpickle.ts";
import { WeightsError } from "./weights-error.ts";
import { type OpenFile, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { checkZipEntry, readZipEntry } from "./zip-read.ts";

/** The pickle of a checkpoint's structure is small; what is larger is something else. */
const maxPickle = 2 ** 28;

/**
 * The zip layout of torch ≥ 1.6: `NAME/data.pkl` for the structure and `NAME/data/KEY` for each storage, stored as it is.
 * @throws {WeightsError} code `FORMAT`
 */
export function openTorchZip(open: OpenFile): TorchContent {
  const { file } = open;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  const entries = readZipDirectory(open);
  const pickles = [...entries.values()].filter(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) return fail("the archive must hold one data.pkl", `${pickles.length}`);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  if (pickle.size > maxPickle) fail(`data.pkl has at most ${maxPickle} bytes`, `${pickle.size}`);
  const order = entries.get(`${folder}byteorder`);
  if (order && (order.size > 16 || new TextDecoder().decode(readZipEntry(open, order)).trim() !== "little"))
    fail("the byte order must be little-endian; save the file again on such a machine", "another");
  const bytes = readZipEntry(open, pickle);
  const root = unpickle(new PickleInput({ bytes, file }), torchClasses(file));
  const content = flattenCheckpoint(root, { file, bytes: bytes.length });
  const checked = new Set<string>();
  for (const { storage } of content.tensors.values()) entryOf(storage);
  return {
    layout: "zip",
    ...content,
    place(storage, length) {
      const entry = entryOf(storage);
      if (entry.method === 8) return { bytes: readZipEntry(open, entry) };
      if (length === undefined || checked.has(entry.name)) return { start: entry.start };
      const bytes = length === entry.size ? readZipEntry(open, entry) : checkZipEntry(open, entry);
      checked.add(entry.name);
      return bytes ? { bytes } : { start: entry.start };
    },
  };

  function entryOf(storage: TorchStorage): ZipEntry {
    const name = `${folder}data/${storage.key}`;
    const entry =
      entries.get(name) ??
      fail(`the archive must hold the storage "${name.slice(0, 200)}"; it may be truncated`, "none");
    const size = storage.length * elements[storage.dtype].bytes;
    return entry.size === size ? entry : fail(`the storage "${name}" has ${size} bytes`, `${entry.size}`);
  }
}
