import {
  PickleClass,
  PickleRecord,
  type PickleValue,
  type TorchDType,
  TorchStorage,
  TorchTensor,
} from "./pickle-values.ts";
import { kindOf, type PickleRules } from "./unpickle.ts";
import { WeightsError } from "./weights-error.ts";

/** Names of storages, and what they hold. */
export const storages: Readonly<Record<string, TorchDType>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};
const callable = new Set([
  "collections.OrderedDict",
  "argparse.Namespace",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_parameter",
  "torch.Size",
  "torch.device",
]);
const dtypeName =
  /^(u?int(8|16|32|64)|float(16|32|64)?|bfloat16|bool|half|double|short|int|long|complex(32|64|128)|float8_\w{1,16})$/;
/** Axes that torch allows. */
const maxAxes = 64;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/**
 * The classes that torch checkpoints are made of, as data. Anything else is refused where its name stands, whether it
 * would be called or not.
 */
export function torchClasses(file: string): PickleRules {
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found });
  };
  return {
    find(module, name) {
      const full = `${module}.${name}`;
      if (module === "torch" && dtypeName.test(name)) return full;
      if ((module === "torch" || module === "torch.cuda") && Object.hasOwn(storages, name))
        return new PickleClass(`torch.${name}`);
      if (callable.has(full)) return new PickleClass(full);
      const rule =
        "only tensors, dictionaries, numbers and text are read and nothing is ever executed; save the file again as a state dict without the class";
      return fail(rule, full.slice(0, 200));
    },
    call({ name }, values) {
      switch (name) {
        case "collections.OrderedDict":
          return dictionary(values);
        case "argparse.Namespace":
          return new PickleRecord();
        case "torch._utils._rebuild_tensor_v2":
          return tensor(values);
        case "torch._utils._rebuild_parameter":
          return values[0] instanceof TorchTensor ? values[0] : fail("a parameter wraps a tensor", show(values[0]));
        case "torch.Size":
          return isCounts(values[0]) ? values[0] : fail("a size is whole numbers", show(values[0]));
        case "torch.device":
          return values.length > 0 && values.length < 3 && values.every((part) => typeof part !== "object")
            ? values.join(":")
            : fail("a device is a name and a number", `${values.length} values`);
        default:
          return fail("a storage is only referred to", `a call of ${name}`);
      }
    },
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== "storage") return fail("what is stored outside is a storage", show(id));
      const [, type, key, , length, view] = id; // the fourth is the device it was on, which does not matter here
      const dtype = type instanceof PickleClass ? storages[type.name.slice("torch.".length)] : undefined;
      if (!dtype || typeof key !== "string" || !isCount(length))
        return fail("a storage has a type, a key and a length", show(type));
      if (view === undefined || view === null) return new TorchStorage(dtype, key, { length, offset: 0 });
      const [, start, size] = Array.isArray(view) ? view : [];
      if (!isCount(start) || !isCount(size) || start + size > length)
        return fail("a part lies in its storage", show(view));
      return new TorchStorage(dtype, key, { length, offset: start });
    },
  };

  function dictionary(values: readonly PickleValue[]): PickleValue {
    const pairs = values[0] ?? [];
    if (!Array.isArray(pairs)) return fail("an ordered dictionary is made of pairs", show(pairs));
    const map = new Map<PickleValue, PickleValue>();
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2) return fail("an ordered dictionary is made of pairs", show(pair));
      map.set(pair[0] as PickleValue, pair[1] as PickleValue);
    }
    return map;
  }

  /** Arguments: storage, offset, size, strides, then what only training needs. */
  function tensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
    if (!(storage instanceof TorchStorage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
      return fail("a tensor is a storage, an offset, a size and strides", show(storage));
    if (shape.length !== strides.length || shape.length > maxAxes)
      return fail(
        `a tensor has one stride for each of at most ${maxAxes} axes`,
        `${shape.length} and ${strides.length}`,
      );
    const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), storage.offset + offset);
    const count = shape.reduce((product, n) => product * n, 1);
    if (!shape.includes(0) && !(last < storage.length && Number.isSafeInteger(count)))
      return fail(
        `a tensor lies in its storage of ${storage.length} elements`,
        `[${shape}] with strides [${strides}] at ${offset}`,
      );
    return new TorchTensor(storage, { offset: storage.offset + offset, shape: [...shape], strides: [...strides] });
  }
}

const show = (value: PickleValue | undefined): string => (value === undefined ? "nothing" : kindOf(value));
