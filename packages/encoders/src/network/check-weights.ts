import { type Aval, GMemError, type Named, type NDArray, sameShape } from "@gmem/tensor";

const shown = 20;

const list = (what: string, names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : [`${what} ${names.slice(0, shown).join(", ")}${names.length > shown ? ` and ${names.length - shown} more` : ""}`];

/**
 * The arrays that a network names, in its order, after comparing all of them with what it expects.
 * @param options.ignore Names that a checkpoint may hold besides.
 * @throws {GMemError} code `WEIGHTS` with every missing, unexpected and mis-shaped name.
 */
export function checkWeights(
  where: string,
  weights: Named<NDArray>,
  { expected, ignore }: { readonly expected: Named<Aval>; readonly ignore: (name: string) => boolean },
): Named<NDArray<"f32">> {
  const found = new Map(Object.entries(weights));
  const problems = [
    ...list(
      "missing",
      Object.keys(expected).filter((name) => !found.has(name)),
    ),
    ...list(
      "unexpected",
      [...found.keys()].filter((name) => !Object.hasOwn(expected, name) && !ignore(name)),
    ),
    ...list(
      "of another kind",
      Object.entries(expected).flatMap(([name, want]) => {
        const got = found.get(name);
        return !got || (got.dtype === "f32" && sameShape(got.shape, want.shape))
          ? []
          : [`${name} ${got.dtype} [${got.shape}] instead of f32 [${want.shape}]`];
      }),
    ),
  ];
  if (problems.length > 0)
    throw new GMemError(
      "WEIGHTS",
      `${where}: the weights must be those of the configuration, got ${problems.join("; ")}; check that both belong to one model`,
    );
  return Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name) as NDArray<"f32">]));
}
