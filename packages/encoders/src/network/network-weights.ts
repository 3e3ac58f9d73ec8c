import { type Aval, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";

/**
 * The arrays that a network names, in its order, after comparing all of them with what it expects.
 * @param options.ignore Names that a checkpoint may hold besides.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor; {GMemError} code `WEIGHTS` with
 * every tensor of another element type.
 */
export function networkWeights(
  where: string,
  weights: Named<NDArray>,
  { expected, ignore }: { readonly expected: Named<Aval>; readonly ignore: (name: string) => boolean },
): Named<NDArray<"f32">> {
  const isOwn = (name: string): boolean => Object.hasOwn(expected, name) || !ignore(name);
  checkTensors(Object.fromEntries(Object.entries(weights).filter(([name]) => isOwn(name))), expected, where);
  const named = Object.keys(expected).map((name) => [name, weights[name] as NDArray<"f32">] as const);
  const strange = named.flatMap(([name, { dtype }]: readonly [string, NDArray]) =>
    dtype === "f32" ? [] : [`${name} ${dtype}`],
  );
  if (strange.length > 0)
    throw new GMemError("WEIGHTS", `${where}: tensors must be f32, got ${strange.join(", ")}; convert them first`);
  return Object.fromEntries(named);
}
