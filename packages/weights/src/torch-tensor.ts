import { bitsOf } from "./element.ts";
import { type PickleValue, TorchStorage, TorchTensor } from "./pickle-values.ts";
import { dtypeOf } from "./torch-dtypes.ts";
import { kindOf } from "./unpickle.ts";

/** Axes that torch allows. */
const maxAxes = 64;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/**
 * A tensor from the arguments that torch would rebuild it of: storage, offset, size, strides, two that only training needs,
 * in version 3 the element type, and what is done to it when it is read.
 */
export function torchTensor(
  values: readonly PickleValue[],
  { name, fail }: { readonly name: string; readonly fail: (rule: string, found: string) => never },
): TorchTensor {
  const [storage, offset, shape, strides, , , ...more] = values;
  if (!(storage instanceof TorchStorage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    return fail(
      "a tensor is a storage, an offset, a size and strides",
      storage === undefined ? "nothing" : kindOf(storage),
    );
  if (shape.length !== strides.length || shape.length > maxAxes)
    return fail(`a tensor has one stride for each of at most ${maxAxes} axes`, `${shape.length} and ${strides.length}`);
  const [type, metadata] = name.endsWith("_v3") ? more : [undefined, more[0]];
  const dtype = storage.dtype ?? (typeof type === "string" ? dtypeOf(type) : undefined);
  if (dtype === undefined) return fail("a tensor has an element type", type === undefined ? "none" : kindOf(type));
  const width = storage.dtype === undefined ? (bitsOf(dtype) ?? 8) / 8 : storage.width;
  const own = (storage.offset * storage.width) / width;
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), own + offset);
  const count = shape.reduce((product, n) => product * n, 1);
  if (!shape.includes(0) && !((last + 1) * width <= storage.length * storage.width && Number.isSafeInteger(count)))
    return fail(
      `a tensor lies in its storage of ${storage.length} elements`,
      `[${shape}] with strides [${strides}] at ${offset}`,
    );
  return new TorchTensor(storage, {
    dtype,
    offset: own + offset,
    shape: [...shape],
    strides: [...strides],
    lazy: lazyOf(metadata),
  });
}

/** What is true of `{"neg": True}`; anything else that torch might apply stands as its own word. */
function lazyOf(metadata: PickleValue | undefined): readonly string[] {
  if (metadata === undefined || metadata === null) return [];
  if (!(metadata instanceof Map)) return [kindOf(metadata)];
  return [...metadata].flatMap(([key, value]) => (value === false ? [] : [String(key)]));
}
