import { readBytesSync } from "./bytes-io.ts";
import { flattenCheckpoint } from "./flatten-checkpoint.ts";
import { PickleBudget } from "./pickle-budget.ts";
import { PickleInput } from "./pickle-input.ts";
import { type PickleValue, TorchStorage } from "./pickle-values.ts";
import { torchClasses } from "./torch-classes.ts";
import type { TorchContent } from "./torch-content.ts";
import { type PickleRules, unpickle } from "./unpickle.ts";
import { WeightsError } from "./weights-error.ts";
import type { OpenFile } from "./zip-directory.ts";

/** The number that torch's older files begin with. */
export const legacyMagic = 0x1950a86a20f9469cfc6cn;

/**
 * The layout of torch < 1.6: five pickles in a row (magic number, protocol, machine, structure, keys of the storages),
 * then the storages in the order of the keys, each behind its number of elements in 8 bytes.
 * @throws {WeightsError} code `FORMAT`
 */
export function openTorchLegacy(open: OpenFile): TorchContent {
  const { file, fd, size } = open;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  const input = new PickleInput(open);
  const budget = new PickleBudget(open);
  const classes = torchClasses(file, budget);
  const lengths = new Map<string, TorchStorage>();
  const rules: PickleRules = {
    ...classes,
    persistent(id) {
      const storage = classes.persistent(id);
      if (!(storage instanceof TorchStorage)) return fail("what is stored outside is a storage", "another value");
      const known = lengths.get(storage.key);
      if (known && (known.dtype !== storage.dtype || known.length !== storage.length))
        fail(`the storage "${storage.key}" has one type and length`, "two");
      lengths.set(storage.key, storage);
      return storage;
    },
  };
  const next = (): PickleValue => unpickle(input, { rules, budget });
  if (next() !== legacyMagic)
    fail(
      "a pickle begins with the magic number of torch; save the arrays of another as safetensors or npz",
      "one that torch did not write",
    );
  const [, protocol = 0] = readBytesSync(fd, { start: 0, end: 2, file });
  const version = next();
  if (version !== 1001) fail("the protocol is 1001", String(version));
  const machine = next();
  if (!(machine instanceof Map) || machine.get("little_endian") !== true)
    fail("the byte order must be little-endian; save the file again on such a machine", "another");
  const content = flattenCheckpoint(next(), { file, budget });
  const keys = next();
  const starts = new Map<string, number>();
  let at = input.position;
  for (const key of Array.isArray(keys) ? keys : fail("the keys of the storages are a list", "another value")) {
    const storage = typeof key === "string" ? lengths.get(key) : undefined;
    if (typeof key !== "string" || !storage || starts.has(key))
      return fail("every storage is used and listed once", "another");
    if (at + 8 > size)
      fail("every storage lies in the file; it may be truncated, fetch it again", `an end at byte ${size}`);
    const count = new DataView(readBytesSync(fd, { start: at, end: at + 8, file }).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.length)) fail(`the storage "${key}" has ${storage.length} elements`, String(count));
    starts.set(key, at + 8);
    at += 8 + storage.length * storage.width;
  }
  if (at !== size)
    fail(
      `the file must end where its last storage ends, at byte ${at}; it may be truncated, fetch it again`,
      `${size} bytes`,
    );
  for (const key of lengths.keys()) if (!starts.has(key)) fail(`the storage "${key}" is in the file`, "none");
  return {
    layout: `pickle protocol ${protocol}`,
    ...content,
    async read({ key }, range) {
      const begin = starts.get(key) ?? fail(`the storage "${key}" is in the file`, "none");
      return readBytesSync(fd, { start: begin + range.start, end: begin + range.end, file });
    },
  };
}
