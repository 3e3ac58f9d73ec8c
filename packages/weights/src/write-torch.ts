import { type NDArray, ShapeError, sizeOf } from "@gmem/tensor";
import { encode, type FileDType, type FloatStorage, fileDType } from "./element.ts";
import { PickleOutput } from "./pickle-output.ts";
import { stridesOf } from "./strided.ts";
import { storages } from "./torch-dtypes.ts";
import { WeightsError } from "./weights-error.ts";
import { writeZip } from "./zip-write.ts";

/** What a torch file can be made of; records become dictionaries, arrays lists, whole numbers ints. */
export type TorchValue =
  | NDArray
  | number
  | string
  | boolean
  | null
  | readonly TorchValue[]
  | { readonly [name: string]: TorchValue };

const maxDepth = 100;
const mark = 0x28;
const tuple = 0x74;
const classOf = Object.fromEntries(Object.entries(storages).map(([name, dtype]) => [dtype, name]));

/**
 * Writes a `.pt` file as `torch.save` does, complete or not at all: `torch.load`, also with `weights_only`, gives tensors
 * on the CPU inside dictionaries and lists. f64, i32, bool and f16 keep their type; f32 does too unless `floats` asks for
 * 16 bits. Arrays over the same `data` share their storage, as tied weights do.
 * @throws {ShapeError} if an array's data does not fill its shape.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; the old file is untouched.
 * @example
 * await writeTorch("model.pt", { model: { w: array([1, 2, 3, 4], [2, 2]) }, step: 400000 });
 * const { tensors, values } = await readTorch("model.pt"); // tensors["model/w"], values.step 400000
 */
export async function writeTorch(
  path: string,
  value: TorchValue,
  { floats = "f32" }: { readonly floats?: FloatStorage } = {},
): Promise<void> {
  const pickle = new PickleOutput();
  const stored = new Map<NDArray["data"], { readonly key: string; readonly as: FileDType }>();
  put(value, "", 0);
  await writeZip(path, entries());

  function* entries(): Generator<readonly [string, readonly Uint8Array[]]> {
    const text = (line: string): readonly [Uint8Array] => [new TextEncoder().encode(line)];
    yield ["archive/data.pkl", [pickle.end()]];
    yield ["archive/byteorder", text("little")];
    for (const [data, { key, as }] of stored) yield [`archive/data/${key}`, [encode(data, as)]];
    yield ["archive/version", text("3\n")];
  }

  function put(item: TorchValue, at: string, depth: number): void {
    if (depth > maxDepth)
      throw refused(at, `values are at most ${maxDepth} levels deep`, "more, or one that holds itself");
    if (item === null) pickle.code(0x4e);
    else if (typeof item === "boolean") pickle.code(item ? 0x88 : 0x89);
    else if (typeof item === "number") pickle.number(item);
    else if (typeof item === "string") pickle.text(item);
    else if (isList(item)) {
      pickle.code(0x5d, mark);
      for (const [i, child] of item.entries()) put(child, `${at}/${i}`, depth + 1);
      pickle.code(0x65);
    } else if (isArray(item)) putTensor(item, at);
    else if (isRecord(item)) {
      pickle.code(0x7d, mark);
      for (const [name, child] of Object.entries(item)) {
        pickle.text(name);
        put(child, `${at}/${name}`, depth + 1);
      }
      pickle.code(0x75);
    } else {
      const rule = "values are arrays, numbers, text, booleans, null, and lists and plain records of them";
      throw refused(at, rule, typeof item === "object" ? "another object" : typeof item);
    }
  }

  /** _rebuild_tensor_v2(storage, offset, size, strides, requires_grad, hooks), the storage by its key. */
  function putTensor({ dtype, shape, data }: NDArray, at: string): void {
    if (data.length !== sizeOf(shape))
      throw new ShapeError(`${path}: "${at.slice(1)}"`, `${data.length} values do not fill the shape`, [shape]);
    const { key, as } = stored.get(data) ?? { key: String(stored.size), as: fileDType(dtype, floats) };
    stored.set(data, { key, as });
    pickle.global("torch._utils", "_rebuild_tensor_v2").code(mark, mark);
    pickle
      .text("storage")
      .global("torch", classOf[as] as string)
      .text(key)
      .text("cpu")
      .number(data.length);
    pickle.code(tuple, 0x51).number(0);
    for (const counts of [shape, stridesOf(shape)]) {
      pickle.code(mark);
      for (const count of counts) pickle.number(count);
      pickle.code(tuple);
    }
    pickle.code(0x89).global("collections", "OrderedDict").code(0x29, 0x52, tuple, 0x52);
  }

  function refused(at: string, rule: string, found: string): WeightsError {
    return new WeightsError("WEIGHTS", { file: path, rule: `"${at.slice(1)}": ${rule}`, found });
  }
}

const isList = (value: TorchValue): value is readonly TorchValue[] => Array.isArray(value);
const isArray = (value: TorchValue): value is NDArray =>
  typeof value === "object" && value !== null && "data" in value && ArrayBuffer.isView(value.data) && "dtype" in value;
const isRecord = (value: TorchValue): value is { readonly [name: string]: TorchValue } =>
  typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
