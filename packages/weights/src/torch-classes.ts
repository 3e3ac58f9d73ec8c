import type { PickleBudget } from "./pickle-budget.ts";
import {
  PickleClass,
  PickleObject,
  PickleRecord,
  type PickleValue,
  TorchStorage,
  TorchTensor,
} from "./pickle-values.ts";
import { storageType, torchDType } from "./torch-dtypes.ts";
import { torchTensor } from "./torch-tensor.ts";
import { kindOf, type PickleRules } from "./unpickle.ts";
import { WeightsError } from "./weights-error.ts";

type Call = (values: readonly PickleValue[], name: string) => PickleValue;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * What torch checkpoints are made of, as data: tensors, and containers of the standard library. Any other class or function
 * is only a name, and what a call of it would give an object of that name; nothing is ever executed.
 */
export function torchClasses(file: string, budget: PickleBudget): PickleRules {
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  const tensor: Call = (values, name) => torchTensor(values, { name, fail });
  const wrapped: Call = ([inside], name) => (inside instanceof TorchTensor ? inside : new PickleObject(name));
  const list: Call = ([items], name) =>
    Array.isArray(items) || items === undefined ? copied(items ?? []) : new PickleObject(name);
  const dictionary: Call = ([items = []], name) => {
    if (!(items instanceof Map) && !isPairs(items)) return new PickleObject(name);
    budget.spend(256 + 128 * (items instanceof Map ? items.size : items.length));
    return new Map(items);
  };
  const tensors = new Map<string, Call>([
    ["torch._utils._rebuild_tensor", tensor],
    ["torch._utils._rebuild_tensor_v2", tensor],
    ["torch._utils._rebuild_tensor_v3", tensor],
    ["torch._utils._rebuild_parameter", wrapped],
    ["torch._utils._rebuild_parameter_with_state", wrapped],
  ]);
  /** (function, type, its arguments, attributes): the plain tensor in it. */
  const ofType: Call = ([make, , values], name) => {
    const call = make instanceof PickleClass && Array.isArray(values) ? tensors.get(make.name) : undefined;
    return call ? call(values as PickleValue[], (make as PickleClass).name) : new PickleObject(name);
  };
  const calls = new Map<string, Call>([
    ...tensors,
    ["torch._tensor._rebuild_from_type", ofType],
    ["torch._tensor._rebuild_from_type_v2", ofType],
    ["torch.tensor._rebuild_from_type", ofType],
    ["torch.Size", list],
    ["torch.device", (values, name) => (values.every(isWord) ? values.join(":") : new PickleObject(name))],
    ["argparse.Namespace", () => new PickleRecord()],
    ["types.SimpleNamespace", () => new PickleRecord()],
    ["collections.OrderedDict", dictionary],
    ["collections.Counter", dictionary],
    ["collections.defaultdict", ([, items = []], name) => dictionary([items], name)],
    ["collections.deque", list],
    ["_codecs.encode", encoded],
    ...["builtins", "__builtin__"].flatMap((module): [string, Call][] => [
      [`${module}.dict`, dictionary],
      ...["set", "frozenset", "list", "tuple"].map((name): [string, Call] => [`${module}.${name}`, list]),
    ]),
  ]);
  return {
    find: (module, name) => {
      const full = `${module}.${name}`.slice(0, 400);
      return module === "torch" ? (torchDType(name) ?? new PickleClass(full)) : new PickleClass(full);
    },
    call: ({ name }, values) => calls.get(name)?.(values, name) ?? new PickleObject(name),
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== "storage") return fail("what is stored outside is a storage", show(id));
      const [, type, key, , length, view] = id; // the fourth is the device it was on, which does not matter here
      const elements = type instanceof PickleClass ? storageType(type.name) : undefined;
      if (!elements || typeof key !== "string" || !isCount(length))
        return fail("a storage has a type, a key and a length", show(type));
      if (view === undefined || view === null) return new TorchStorage(elements, key, { length, offset: 0 });
      const [, start, size] = Array.isArray(view) ? view : [];
      if (!isCount(start) || !isCount(size) || start + size > length)
        return fail("a part lies in its storage", show(view));
      return new TorchStorage(elements, key, { length, offset: start });
    },
  };

  function copied(items: readonly PickleValue[]): PickleValue[] {
    budget.spend(64 + 16 * items.length);
    return [...items];
  }

  /** Bytes, as protocol 2 has them: (text, "latin1"). */
  function encoded([text, encoding]: readonly PickleValue[], name: string): PickleValue {
    if (typeof text !== "string" || encoding !== "latin1") return new PickleObject(name);
    budget.spend(256 + text.length);
    return Uint8Array.from(Buffer.from(text, "latin1"));
  }
}

const isPairs = (items: PickleValue): items is [PickleValue, PickleValue][] =>
  Array.isArray(items) && items.every((pair) => Array.isArray(pair) && pair.length === 2);
const isWord = (value: PickleValue): value is string | number => typeof value === "string" || typeof value === "number";
const show = (value: PickleValue | undefined): string => (value === undefined ? "nothing" : kindOf(value));
