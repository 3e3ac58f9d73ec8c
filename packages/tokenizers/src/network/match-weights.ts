import { type Aval, array, concatRows, GMemError, type Named, type NDArray, type Shape, sameShape } from "@gmem/tensor";
import { checkTensors, mapNames } from "@gmem/weights";

/** Where a tensor of a file belongs: a parameter, or the `part`-th block of its rows. */
export interface Place {
  readonly name: string;
  readonly part?: number;
}

/** How the names of a file become those of a network. */
export interface WeightRules {
  /** Begins the error message: `sdVae`. */
  readonly where: string;
  /** Every parameter of the network. */
  readonly parameters: Named<Aval>;
  /** If names start with one of these, only those names count, without it. */
  readonly prefixes: readonly RegExp[];
  /** Names that belong to training. */
  readonly ignored: RegExp;
  readonly place: (name: string) => Place;
}

/**
 * The parameters of a network out of a file's tensors: known prefixes are taken off, tensors of the training code left
 * out, other namings translated, linear weights [o,i] read as 1 × 1 convolutions [o,i,1,1]. Strict after that.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor; {GMemError} code `WEIGHTS` with
 * every tensor of half precision.
 */
export function matchWeights(weights: Named<NDArray>, rules: WeightRules): Named<NDArray> {
  const { where, parameters } = rules;
  const placed = placedTensors(weights, rules);
  const found = [...placed].map(([name, parts]) => {
    const expected = Object.hasOwn(parameters, name) ? parameters[name]?.shape : undefined;
    return [name, { shape: joinedShape(parts, expected) }] as const;
  });
  checkTensors(Object.fromEntries(found), parameters, where);
  const strange = [...placed].flatMap(([name, parts]) =>
    parts.flatMap(({ dtype }) => (dtype === "f16" || dtype === "bool" ? [`${name} ${dtype}`] : [])),
  );
  if (strange.length > 0)
    throw new GMemError(
      "WEIGHTS",
      `${where}: tensors must be f32, or f64 or i32 to convert, got ${strange.join(", ")}; convert them first`,
    );
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, { ...joined(placed.get(name) ?? []), shape }]),
  );
}

/** The tensors of the network under their places; blocks of rows in their order, without the places of missing ones. */
function placedTensors(
  weights: Named<NDArray>,
  { prefixes, ignored, place }: WeightRules,
): ReadonlyMap<string, readonly NDArray[]> {
  const prefix = prefixes.find((start) => Object.keys(weights).some((name) => start.test(name)));
  const bare = prefix
    ? mapNames(weights, [
        [prefix, ""],
        [/^/, null],
      ])
    : weights;
  const placed = new Map<string, NDArray[]>();
  for (const [from, value] of Object.entries(bare)) {
    if (ignored.test(from)) continue;
    const { name, part = 0 } = place(from);
    const parts = placed.get(name) ?? [];
    parts[part] = value;
    placed.set(name, parts);
  }
  return new Map([...placed].map(([name, parts]) => [name, parts.filter(Boolean)]));
}

/** The shape of blocks of rows together: the network's if at most a 1 × 1 kernel differs, else that of a block of another width. */
function joinedShape(parts: readonly NDArray[], expected: Shape = []): Shape {
  const shapes = parts.map(({ shape }) => withoutKernel(shape));
  const row = withoutKernel(expected).slice(1);
  const [rows, ...rest] = shapes.find((shape) => !sameShape(shape.slice(1), row)) ?? shapes[0] ?? [];
  const whole = rows === undefined ? [] : [shapes.reduce((sum, [count = 0]) => sum + count, 0), ...rest];
  return sameShape(whole, withoutKernel(expected)) ? expected : whole;
}

function joined(parts: readonly NDArray[]): NDArray<"f32"> {
  const floats = parts.map(({ data, shape }) => array(data, withoutKernel(shape)));
  return floats.length === 1 ? (floats[0] as NDArray<"f32">) : concatRows(floats);
}

/** [o,i] for [o,i,1,1]. */
const withoutKernel = (shape: Shape): Shape =>
  shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
