import type { PickleBudget } from "./pickle-budget.ts";
import {
  PickleClass,
  PickleObject,
  PickleRecord,
  type PickleValue,
  TorchStorage,
  TorchTensor,
} from "./pickle-values.ts";
import { WeightsError } from "./weights-error.ts";

/** What a checkpoint holds besides tensors; an object of a class that is not read is `{ class: "pathlib.PosixPath" }`. */
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
 * file counts each time it is met, so that no file grows without bound when its sharing is undone.
 * @throws {WeightsError} code `FORMAT`, also for a file without a tensor whose objects may have held some.
 */
export function flattenCheckpoint(
  root: PickleValue,
  { file, budget }: { readonly file: string; readonly budget: PickleBudget },
): { readonly tensors: ReadonlyMap<string, TorchTensor>; readonly values: Readonly<Record<string, PlainValue>> } {
  const tensors = new Map<string, TorchTensor>();
  const values = new Map<string, PlainValue>();
  const opaque = new Set<string>();
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  const spend = (cost: number, depth: number): void => {
    budget.spend(32 + cost);
    if (depth > maxDepth) fail(`a checkpoint is at most ${maxDepth} levels deep`, "more, or one that contains itself");
  };
  const nameOf = (key: PickleValue, index: number): string => {
    if (key === "__proto__") return fail("no key is called __proto__", key);
    if (key instanceof PickleClass || key instanceof PickleObject) return key.name;
    if (Array.isArray(key) && key.every(isSimple)) return `(${key.join(", ")})`;
    return isSimple(key) ? String(key) : `#${index}`;
  };
  /** True if a value is plain through and through; a dictionary inside a list is not. */
  const isPlain = (value: PickleValue, inRecord: boolean, depth: number): boolean => {
    spend(0, depth);
    if (value instanceof TorchTensor) return false;
    if ((value instanceof Map || (value instanceof PickleObject && value.items)) && !inRecord) return false;
    const record = inRecord || value instanceof PickleRecord;
    for (const [, child] of children(value) ?? []) if (!isPlain(child, record, depth + 1)) return false;
    return true;
  };
  const plain = (value: PickleValue, depth: number): PlainValue => {
    spend(0, depth);
    if (value instanceof TorchTensor || value instanceof TorchStorage) return { class: "torch.storage" };
    if (value instanceof PickleClass || (value instanceof PickleObject && !value.items)) {
      opaque.add(value.name);
      return { class: value.name };
    }
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    const entries = value instanceof PickleRecord ? value.fields : value instanceof PickleObject ? value.items : value;
    if (!(entries instanceof Map)) return entries as PlainValue;
    budget.spend(64 * entries.size);
    return Object.fromEntries([...entries].map(([key, item], i) => [nameOf(key, i), plain(item, depth + 1)]));
  };
  const visit = (value: PickleValue, path: string, depth: number): void => {
    spend(2 * path.length, depth);
    const name = depth > 0 ? path : value instanceof TorchTensor ? "tensor" : "value";
    const isMap = value instanceof Map || (value instanceof PickleObject && value.items !== undefined);
    const nested = isMap || !isPlain(value, false, depth) ? children(value) : undefined;
    if (nested && !(value instanceof Map && value.size === 0)) {
      let index = 0;
      for (const [key, child] of nested) {
        const last = nameOf(key, index++);
        visit(child, depth === 0 ? last : `${path}/${last}`, depth + 1);
      }
    } else if (tensors.has(name) || values.has(name)) fail("paths are unique", `"${name.slice(0, 200)}" twice`);
    else if (value instanceof TorchTensor) tensors.set(name, value);
    else values.set(name, plain(value, depth));
  };
  visit(root, "", 0);
  if (tensors.size === 0 && opaque.size > 0)
    fail(
      "tensors must be in dictionaries and lists: of other objects only the class is read, and nothing is ever executed; save the state_dict() of the network",
      [...opaque].slice(0, 4).join(", "),
    );
  return { tensors, values: Object.fromEntries(values) };
}

const isSimple = (value: PickleValue): boolean => value === null || typeof value !== "object";

const children = (value: PickleValue): Iterable<readonly [PickleValue, PickleValue]> | undefined =>
  value instanceof Map
    ? value
    : value instanceof PickleRecord
      ? value.fields
      : value instanceof PickleObject
        ? value.items
        : Array.isArray(value)
          ? value.entries()
          : undefined;
