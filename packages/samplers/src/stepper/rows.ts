import { type Aval, type Named, type NDArray, sizeOf, storage } from "@gmem/tensor";

/** What rows without a picture hold: a time at which nothing is divided by zero, and the null input; zeros elsewhere. */
const idle: Named<number> = { t: 0.5, tNext: 0.5, isNull: 1 };

/** Arrays of a batch: row `slot` of each is what a slot gives, the others are idle. */
export function batchOf(avals: Named<Aval>, slots: ReadonlyMap<number, Named<ArrayLike<number>>>): Named<NDArray> {
  return Object.fromEntries(
    Object.entries(avals).map(([name, { dtype, shape }]) => {
      const data = storage(dtype, sizeOf(shape)).fill(idle[name] ?? 0);
      const width = sizeOf(shape.slice(1));
      for (const [slot, own] of slots) data.set(own[name] as ArrayLike<number>, slot * width);
      return [name, { dtype, shape, data } as NDArray];
    }),
  );
}

/** Row `slot` of a batch, a copy. */
export function rowOf({ data, shape }: NDArray, slot: number): Float32Array {
  const width = data.length / (shape[0] as number);
  return (data as Float32Array).slice(slot * width, (slot + 1) * width);
}
