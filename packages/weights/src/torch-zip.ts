import { readBytesSync } from "./bytes-io.ts";
import { flattenCheckpoint } from "./flatten-checkpoint.ts";
import { PickleBudget } from "./pickle-budget.ts";
import { PickleInput } from "./pickle-input.ts";
import type { TorchStorage } from "./pickle-values.ts";
import { torchClasses } from "./torch-classes.ts";
import type { TorchContent } from "./torch-content.ts";
import { unpickle } from "./unpickle.ts";
import { WeightsError } from "./weights-error.ts";
import { type OpenFile, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { readZipEntry } from "./zip-read.ts";

/** A pickle that is stored is smaller than its file; a deflated one may be a little larger. */
const maxPickle = (size: number): number => Math.min(2 ** 28, size + 2 ** 23);

/**
 * The zip layout of torch ≥ 1.6: `NAME/data.pkl` for the structure and `NAME/data/KEY` for each storage, stored as it is.
 * @throws {WeightsError} code `FORMAT`
 */
export async function openTorchZip(open: OpenFile): Promise<TorchContent> {
  const { file, size } = open;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  const entries = readZipDirectory(open);
  const pickles = [...entries.values()].filter(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) return fail("the archive must hold one data.pkl", `${pickles.length}`);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  if (pickle.size > maxPickle(size))
    fail(`data.pkl of a file of ${size} bytes has at most ${maxPickle(size)}`, `${pickle.size}`);
  const order = entries.get(`${folder}byteorder`);
  if (order && (order.size > 16 || new TextDecoder().decode(await readZipEntry(open, order)).trim() !== "little"))
    fail("the byte order must be little-endian; save the file again on such a machine", "another");
  const bytes = await readZipEntry(open, pickle);
  const budget = new PickleBudget(open);
  const root = unpickle(new PickleInput({ bytes, file }), { rules: torchClasses(file, budget), budget });
  const content = flattenCheckpoint(root, { file, budget });
  const checked = new Set<string>();
  for (const { storage } of content.tensors.values()) entryOf(storage);
  return {
    layout: "zip",
    ...content,
    async read(storage, { start, end }, whole) {
      const entry = entryOf(storage);
      const isPlace = entry.method === 0 && (!whole || checked.has(entry.name));
      if (isPlace) return readBytesSync(open.fd, { start: entry.start + start, end: entry.start + end, file });
      const bytes = await readZipEntry(open, entry, { start, end });
      checked.add(entry.name);
      return bytes;
    },
  };

  function entryOf(storage: TorchStorage): ZipEntry {
    const name = `${folder}data/${storage.key}`;
    const entry =
      entries.get(name) ??
      fail(`the archive must hold the storage "${name.slice(0, 200)}"; it may be truncated`, "none");
    const size = storage.length * storage.width;
    return entry.size === size ? entry : fail(`the storage "${name}" has ${size} bytes`, `${entry.size}`);
  }
}
