import { PickleClass, PickleRecord, type PickleValue, TorchStorage, TorchTensor } from "./pickle-values.ts";
import { WeightsError } from "./weights-error.ts";

/** What a checkpoint holds besides tensors. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

const maxDepth = 100;

/**
 * Names every tensor of a nested checkpoint by its path: keys and list indices joined by "/"; a bare tensor is `tensor`, a
 * bare plain value `value`.
 * Everything else is a plain value under its path, lists of plain values and records whole. What is shared inside the
 * file may be met at most a few times per byte, so that no file grows without bound when its sharing is undone.
 * @throws {WeightsError} code `FORMAT`
 */
export function flattenCheckpoint(
  root: PickleValue,
  where: { readonly file: string; readonly bytes: number },
): { readonly tensors: ReadonlyMap<string, TorchTensor>; readonly values: Readonly<Record<string, PlainValue>> } {
  const tensors = new Map<string, TorchTensor>();
  const values = new Map<string, PlainValue>();
  let budget = 16 * where.bytes + 4096;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file: where.file, rule: `torch: ${rule}`, found });
  };
  const spend = (cost: number, depth: number): void => {
    budget -= cost;
    if (budget < 0) fail("a checkpoint's contents must not be far larger than the file", "one that repeats itself");
    if (depth > maxDepth) fail(`a checkpoint is at most ${maxDepth} levels deep`, "more, or one that contains itself");
  };
  const nameOf = (key: PickleValue): string => {
    if (typeof key === "string" ? key !== "__proto__" : key === null || typeof key !== "object") return String(key);
    return fail("keys are text or numbers", typeof key === "string" ? key : "another");
  };
  const children = (value: PickleValue): Iterable<readonly [PickleValue, PickleValue]> | undefined =>
    value instanceof Map
      ? value
      : value instanceof PickleRecord
        ? value.fields
        : Array.isArray(value)
          ? value.entries()
          : undefined;
  /** True if a value is plain through and through; a dictionary inside a list is not. */
  const isPlain = (value: PickleValue, inRecord: boolean, depth: number): boolean => {
    spend(1, depth);
    if (value instanceof TorchTensor) return false;
    if (value instanceof Map && !inRecord) return false;
    const record = inRecord || value instanceof PickleRecord;
    for (const [, child] of children(value) ?? []) if (!isPlain(child, record, depth + 1)) return false;
    return true;
  };
  const plain = (value: PickleValue, depth: number): PlainValue => {
    spend(1, depth);
    if (value instanceof TorchTensor || value instanceof TorchStorage || value instanceof PickleClass)
      return fail(
        "what is stored is a tensor or a plain value",
        value instanceof PickleClass ? value.name : "a storage",
      );
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    const entries = value instanceof PickleRecord ? value.fields : value;
    if (entries instanceof Map)
      return Object.fromEntries([...entries].map(([key, item]) => [nameOf(key), plain(item, depth + 1)]));
    return entries;
  };
  const visit = (value: PickleValue, path: string, depth: number): void => {
    spend(1 + path.length, depth);
    const name = depth > 0 ? path : value instanceof TorchTensor ? "tensor" : "value";
    const nested = value instanceof Map || !isPlain(value, false, depth) ? children(value) : undefined;
    if (nested && !(value instanceof Map && value.size === 0))
      for (const [key, child] of nested) visit(child, depth === 0 ? nameOf(key) : `${path}/${nameOf(key)}`, depth + 1);
    else if (tensors.has(name) || values.has(name)) fail("paths are unique", `"${name.slice(0, 200)}" twice`);
    else if (value instanceof TorchTensor) tensors.set(name, value);
    else values.set(name, plain(value, depth));
  };
  visit(root, "", 0);
  return { tensors, values: Object.fromEntries(values) };
}
