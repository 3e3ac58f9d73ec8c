import { checkArray, checkOptions, key, type NDArray, type OptionTable, ShapeError, sameShape } from "@gmem/tensor";
import { BankError } from "./bank-error.ts";
import { unitRows } from "./unit-rows.ts";

export type InterpolationMethod = "linear" | "spherical" | "concat" | "mask";

export interface InterpolateOptions {
  /** x: 0 gives the first, 1 the second. (Eq. 4 has x on the first.) Not used by `concat`. */
  readonly weightOfSecond: number;
  /** Default linear. */
  readonly method?: InterpolationMethod;
  /** For `mask`: which entries come from the second; default 0. */
  readonly seed?: number;
  /** Scale the result to unit length, as snippets are; default true. */
  readonly renormalize?: boolean;
}

const table: OptionTable<InterpolateOptions> = {
  weightOfSecond: "optional",
  method: "optional",
  seed: "optional",
  renormalize: "optional",
};

/** Below this sine the arc is undefined (equal or opposite snippets) and the chord is used. */
const smallestSine = 1e-6;

/**
 * Blends snippets row by row (eq. 4, G.6): on the chord, on the sphere, by halves (first d/2 entries of the first, the
 * rest of the second), or entry by entry with P(second) = weight. Opposite snippets have no middle: the blend is then
 * taken on the chord, and where that is zero the first is kept.
 * @param first [n,d] or [d]. @param second the same shape.
 * @throws {ShapeError} if shapes differ. @throws {BankError} code `NON_FINITE` for a weight that is no number.
 * @example
 * interpolate(array([1, 0]), array([0, 1]), { weightOfSecond: 0.5 }).data; // 0.7071, 0.7071
 */
export function interpolate(
  first: NDArray<"f32">,
  second: NDArray<"f32">,
  options: InterpolateOptions,
): NDArray<"f32"> {
  checkArray("interpolate: the first", first);
  checkArray("interpolate: the second", second);
  checkOptions("interpolate", options, table);
  const { weightOfSecond: x, method = "linear", seed = 0, renormalize = true } = options;
  if (!sameShape(first.shape, second.shape) || first.shape.length < 1 || first.shape.length > 2)
    throw new ShapeError("interpolate", "snippets must be [n,d] or [d], of one shape", [first.shape, second.shape]);
  if (!Number.isFinite(x))
    throw new BankError("interpolate", "the weight of the second must be a finite number", `${x}`, "NON_FINITE");
  const d = first.shape.at(-1) as number;
  const [a, b] = [first.data, second.data];
  const data = new Float32Array(a.length);
  const chosen = method === "mask" ? key(seed).split("mask").uniform([a.length]).data : undefined;
  for (let start = 0; start < data.length; start += d) {
    const [wa, wb] = method === "spherical" ? arcWeights(a, b, { start, d, x }) : [1 - x, x];
    let square = 0;
    for (let at = start; at < start + d; at++) {
      const [va, vb] = [a[at] as number, b[at] as number];
      if (method === "concat") data[at] = at - start < Math.floor(d / 2) ? va : vb;
      else if (chosen) data[at] = (chosen[at] as number) < x ? vb : va;
      else data[at] = wa * va + wb * vb;
      square += (data[at] as number) ** 2;
    }
    if (renormalize && Math.sqrt(square) < smallestSine) data.set(a.subarray(start, start + d), start);
  }
  const blends = { dtype: "f32", shape: [data.length / d, d], data } as const;
  return {
    ...(renormalize ? unitRows(blends, { what: "blends", remedy: "check the weight" }) : blends),
    shape: [...first.shape],
  };
}

/** sin((1−x)θ)/sin θ and sin(xθ)/sin θ, θ the angle between two rows taken as unit vectors. */
function arcWeights(
  a: Float32Array,
  b: Float32Array,
  { start, d, x }: { readonly start: number; readonly d: number; readonly x: number },
): readonly [number, number] {
  let dot = 0;
  for (let at = start; at < start + d; at++) dot += (a[at] as number) * (b[at] as number);
  const angle = Math.acos(Math.max(-1, Math.min(1, dot)));
  const sine = Math.sin(angle);
  if (sine < smallestSine) return [1 - x, x];
  return [Math.sin((1 - x) * angle) / sine, Math.sin(x * angle) / sine];
}
