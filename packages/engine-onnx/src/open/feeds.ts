import { type DType, GMemError, GraphError, type Named, type NDArray, ShapeError } from "@gmem/tensor";

/** An input or output of an ONNX file. */
export interface OnnxValue {
  readonly name: string;
  /** Its element type as an {@link NDArray}: integers of every width are `i32`. */
  readonly dtype: DType;
  /** Its element type in the file: `float32`, `int64`, `uint8` … */
  readonly type: string;
  /** Lengths; a name where the length is free, `?` where it has none. Equal names stand for equal lengths. */
  readonly shape: readonly (number | string)[];
}

/** The integers of a type that {@link NDArray} has not. */
const ranges: Named<readonly [from: number, to: number]> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, 2 ** 64],
};

const show = ({ shape }: OnnxValue): string => `[${shape.join(",")}]`;

/** @throws {GMemError} code `GRAPH` for missing and unknown feeds, `DTYPE` or `SHAPE` for one of another kind, `DATA` for integers that do not fit. */
export function checkOnnxFeeds(where: string, inputs: readonly OnnxValue[], feeds: Named<NDArray>): void {
  const names = inputs.map(({ name }) => name);
  const taken = `takes ${names.join(", ") || "no feeds"}`;
  const unknown = Object.keys(feeds).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new GraphError(where, taken, `"${unknown.join('", "')}"`);
  const lengths = new Map<string, number>();
  for (const input of inputs) {
    const { name, dtype, shape } = input;
    const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    if (!feed) throw new GraphError(where, `${taken}; "${name}" is missing`);
    if (feed.dtype !== dtype)
      throw new GMemError("DTYPE", `${where}: "${name}" must be ${dtype} (${input.type}), got ${feed.dtype}`);
    if (feed.shape.length !== shape.length)
      throw new ShapeError(where, `"${name}" must be ${show(input)}`, [feed.shape]);
    for (const [axis, length] of shape.entries()) {
      const got = feed.shape[axis] as number;
      const wanted = typeof length === "number" || length === "?" ? length : (lengths.get(length) ?? got);
      if (wanted !== "?" && wanted !== got) {
        const reason = typeof length === "string" ? ` with ${length} = ${wanted}, as another input has it` : "";
        throw new ShapeError(where, `"${name}" must be ${show(input)}${reason}`, [feed.shape]);
      }
      if (typeof length === "string") lengths.set(length, got);
    }
    const [from, to] = ranges[input.type] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const outside = ranges[input.type] ? feed.data.find((value) => value < from || value > to) : undefined;
    if (outside !== undefined)
      throw new GMemError("DATA", `${where}: "${name}" must hold ${input.type}, ${from} to ${to}, got ${outside}`);
  }
}
