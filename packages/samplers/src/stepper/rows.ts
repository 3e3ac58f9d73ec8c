import { type Aval, mapNamed, type Named, type NDArray, sizeOf, storage } from "@gmem/tensor";

/** What rows without a picture hold: a time at which nothing is divided by zero, and the null input; zeros elsewhere. */
const idle: Named<number> = { t: 0.5, tNext: 0.5, isNull: 1 };

/** Puts what slots give into the rows of a batch. */
export type FillBatch = (slots: ReadonlyMap<number, Row>) => Named<NDArray>;

/** What a slot gives to the row of each array: values, or one. */
export type Row = Named<ArrayLike<number> | number>;

/**
 * Arrays of a batch: row `slot` of each is what a slot gives, the others are idle. They are the same arrays each time, since
 * Node answers a stream of new ones with collections of the whole heap: a caller is done with them before it fills them again.
 */
export function batchOf(avals: Named<Aval>): FillBatch {
  const batch = mapNamed(
    avals,
    ({ dtype, shape }) => ({ dtype, shape, data: storage(dtype, sizeOf(shape)) }) as NDArray,
  );
  const parts = Object.entries(batch).map(([name, { data, shape }]) => ({ name, data, width: sizeOf(shape.slice(1)) }));
  return (slots) => {
    for (const { name, data, width } of parts) {
      data.fill(idle[name] ?? 0);
      for (const [slot, own] of slots) {
        const given = own[name] as Row[string];
        if (typeof given === "number") data[slot * width] = given;
        else data.set(given, slot * width);
      }
    }
    return batch;
  };
}

/** Row `slot` of a batch, as a view. */
export function rowOf({ data, shape }: NDArray, slot: number): Float32Array {
  const width = data.length / (shape[0] as number);
  return (data as Float32Array).subarray(slot * width, (slot + 1) * width);
}
