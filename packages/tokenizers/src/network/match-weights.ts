import { array, concatRows, GMemError, type Named, type NDArray, type Shape, sameShape } from "@gmem/tensor";

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
  readonly shapes: Named<Shape>;
  /** If names start with one of these, only those names count, without it. */
  readonly prefixes: readonly string[];
  /** Names that belong to training. */
  readonly ignored: RegExp;
  readonly place: (name: string) => Place;
}

/**
 * The parameters of a network out of a file's tensors: known prefixes are taken off, tensors of the training code left
 * out, other namings translated, linear weights [o,i] read as 1 × 1 convolutions [o,i,1,1]. Strict after that.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor.
 */
export function matchWeights(weights: Named<NDArray>, rules: WeightRules): Named<NDArray> {
  const found = new Map<string, NDArray[]>();
  for (const [name, value] of Object.entries(withoutPrefix(weights, rules.prefixes))) {
    if (rules.ignored.test(name)) continue;
    const { name: target, part = 0 } = rules.place(name);
    const parts = found.get(target) ?? [];
    parts[part] = value;
    found.set(target, parts);
  }
  const matched: Record<string, NDArray> = {};
  const problems: string[] = [];
  for (const [name, shape] of Object.entries(rules.shapes)) {
    const parts = found.get(name)?.filter(Boolean); // without the places of parts that are not there
    found.delete(name);
    if (!parts) {
      problems.push(`missing "${name}" [${shape}]`);
      continue;
    }
    const strange = parts.find(({ dtype }) => dtype === "f16" || dtype === "bool");
    if (strange) {
      problems.push(`"${name}" must be f32, or f64 or i32 to convert, got ${strange.dtype}`);
      continue;
    }
    const whole = parts.length === 1 ? (parts[0] as NDArray) : concatRows(parts);
    if (sameShape(withoutOnes(whole.shape), withoutOnes(shape))) matched[name] = asF32(whole, shape);
    else problems.push(`"${name}" must be [${shape}], got [${whole.shape}]`);
  }
  for (const name of found.keys()) problems.push(`unexpected "${name}"`);
  if (problems.length > 0)
    throw new GMemError(
      "WEIGHTS",
      `${rules.where}: the weights must be those of the configuration, got ${problems.length} differences: ${problems.join("; ")}`,
    );
  return matched;
}

function withoutPrefix(weights: Named<NDArray>, prefixes: readonly string[]): Named<NDArray> {
  for (const prefix of prefixes) {
    const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
    if (own.length > 0) return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
  }
  return weights;
}

/** The shape without the two ones of a 1 × 1 kernel. */
const withoutOnes = (shape: Shape): Shape =>
  shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;

const asF32 = (value: NDArray, shape: Shape): NDArray<"f32"> =>
  value.dtype === "f32" ? { ...(value as NDArray<"f32">), shape } : array(Float32Array.from(value.data), shape);
