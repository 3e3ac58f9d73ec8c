import { type Named, type Shape, sameShape } from "@gmem/tensor";
import { WeightsError } from "./weights-error.ts";

interface Shaped {
  readonly shape: Shape;
}

/** How the tensors of a file differ from those of a network; all lists empty when they fit. */
export interface TensorDifferences {
  /** The network has them, the file does not. */
  readonly missing: readonly string[];
  /** The file has them, the network does not. */
  readonly unexpected: readonly string[];
  readonly misshaped: readonly { readonly name: string; readonly expected: Shape; readonly found: Shape }[];
}

/**
 * Compares names and shapes; nothing is read or changed.
 * @example
 * const found = compareTensors({ w: f32(2, 2), b: f32(2) }, { w: f32(2, 3) }); // b unexpected, w misshaped
 */
export function compareTensors(tensors: Named<Shaped>, expected: Named<Shaped>): TensorDifferences {
  const misshaped: { name: string; expected: Shape; found: Shape }[] = [];
  for (const [name, { shape }] of Object.entries(expected)) {
    const found = Object.hasOwn(tensors, name) ? tensors[name]?.shape : undefined;
    if (found && !sameShape(found, shape)) misshaped.push({ name, expected: shape, found });
  }
  return {
    missing: Object.keys(expected).filter((name) => !Object.hasOwn(tensors, name)),
    unexpected: Object.keys(tensors).filter((name) => !Object.hasOwn(expected, name)),
    misshaped,
  };
}

/** Tensors that do not fit a network, all of them. */
export class TensorsError extends WeightsError implements TensorDifferences {
  readonly missing: TensorDifferences["missing"];
  readonly unexpected: TensorDifferences["unexpected"];
  readonly misshaped: TensorDifferences["misshaped"];
  constructor(file: string, differences: TensorDifferences) {
    const { missing, unexpected, misshaped } = differences;
    const shapes = misshaped.map(({ name, expected, found }) => `${name} [${found}] for [${expected}]`);
    const parts = [
      ["missing", missing],
      ["unexpected", unexpected],
      ["mis-shaped", shapes],
    ] as const;
    const found = parts
      .filter(([, names]) => names.length > 0)
      .map(([kind, names]) => `${names.length} ${kind}: ${names.join(", ")}`);
    const rule =
      "every tensor of the network must be there with its shape, and no other; rename them or choose its config";
    super("WEIGHTS", { file, rule, found: found.join("; ") });
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

/**
 * Refuses tensors that are not exactly those of a network, with every difference in one error.
 * @throws {TensorsError} code `WEIGHTS`
 * @example
 * checkTensors({ w: f32(2, 2) }, { w: f32(2, 2) }, "model.safetensors");
 */
export function checkTensors(tensors: Named<Shaped>, expected: Named<Shaped>, file: string): void {
  const differences = compareTensors(tensors, expected);
  const { missing, unexpected, misshaped } = differences;
  if (missing.length + unexpected.length + misshaped.length > 0) throw new TensorsError(file, differences);
}
