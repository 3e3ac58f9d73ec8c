import {
  type Aval,
  array,
  checkFinite,
  concatRows,
  mapNamed,
  type Named,
  type NDArray,
  type Shape,
  sameShape,
} from "@gmem/tensor";
import { checkTensors } from "./check-tensors.ts";
import { rowBlocks } from "./row-blocks.ts";
import { WeightsError } from "./weights-error.ts";

export interface MatchOptions {
  /** Begins the error message: `sdVae`. */
  readonly where: string;
  /** Every parameter of the network. */
  readonly parameters: Named<Aval>;
  /** Names that a checkpoint may hold besides. */
  readonly ignored?: RegExp;
}

/**
 * The parameters of a network, in its order, out of a checkpoint's tensors under the network's own names ({@link mapNames}
 * gives them). Strict but for three things: query, key and value may stand apart as `x#0`, `x#1` and `x#2`; a linear weight
 * [o,i] is read as a 1 × 1 convolution [o,i,1,1] and the other way round; f64 and i32 are converted to f32.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor; {WeightsError} code `WEIGHTS`
 * with every tensor of an element type that is not converted; {GMemError} code `NON_FINITE` naming a tensor with NaN or infinity.
 * @example
 * const parameters = { w: f32(2, 3), b: f32(2) };
 * const p = matchWeights({ w: zeros([2, 3]), b: zeros([2]), step: zeros([1]) }, { where: "m", parameters, ignored: /^step$/ });
 */
export function matchWeights(tensors: Named<NDArray>, options: MatchOptions): Named<NDArray<"f32">> {
  const { where, parameters, ignored } = options;
  const own = Object.entries(tensors).filter(([name]) => Object.hasOwn(parameters, name) || !ignored?.test(name));
  const blocks = rowBlocks(Object.fromEntries(own));
  const shapes = [...blocks].map(([name, parts]) => {
    const expected = Object.hasOwn(parameters, name) ? parameters[name]?.shape : undefined;
    return [name, { shape: joinedShape(parts, expected) }] as const;
  });
  checkTensors(Object.fromEntries(shapes), parameters, where);
  const strange = [...blocks].flatMap(([name, parts]) =>
    parts.flatMap(({ dtype }) => (dtype === "f16" || dtype === "bool" ? [`${name} ${dtype}`] : [])),
  );
  if (strange.length > 0)
    throw new WeightsError("WEIGHTS", {
      file: where,
      rule: "tensors must be f32, or f64 or i32, which are converted",
      found: `${strange.join(", ")}; convert them first`,
    });
  const found = mapNamed(parameters, ({ shape }, name) => joined(blocks.get(name) ?? [], shape));
  checkFinite(found, { where, remedy: "take another file" });
  return found;
}

/** The shape of blocks of rows together: the network's if at most a 1 × 1 kernel differs, else that of a block of another width. */
function joinedShape(blocks: readonly NDArray[], expected: Shape = []): Shape {
  const shapes = blocks.map(({ shape }) => withoutKernel(shape));
  const row = withoutKernel(expected).slice(1);
  const [rows, ...rest] = shapes.find((shape) => !sameShape(shape.slice(1), row)) ?? shapes[0] ?? [];
  const whole = rows === undefined ? [] : [shapes.reduce((sum, [count = 0]) => sum + count, 0), ...rest];
  return sameShape(whole, withoutKernel(expected)) ? expected : whole;
}

/** One tensor is handed through where its type and shape allow it. */
function joined(blocks: readonly NDArray[], shape: Shape): NDArray<"f32"> {
  const floats = blocks.map((block) =>
    block.dtype === "f32" ? (block as NDArray<"f32">) : array(Float32Array.from(block.data), block.shape),
  );
  const [whole = array([], [0])] = floats.length > 1 ? [concatRows(floats.map(bare))] : floats;
  return sameShape(whole.shape, shape) ? whole : { ...whole, shape };
}

const bare = (x: NDArray<"f32">): NDArray<"f32"> => ({ ...x, shape: withoutKernel(x.shape) });

/** [o,i] for [o,i,1,1]. */
const withoutKernel = (shape: Shape): Shape =>
  shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
