import { GMemError, type Named, type Shape, sameShape } from "@gmem/tensor";

export interface Shaped {
  readonly shape: Shape;
}

/** @throws {GMemError} code `WEIGHTS` naming every tensor that is missing, unexpected or of another shape. */
export function checkFit(found: Named<Shaped>, expected: Named<Shaped>, where: string): void {
  const has = (tensors: Named<Shaped>, name: string): boolean => Object.hasOwn(tensors, name);
  const lists = {
    missing: Object.keys(expected).filter((name) => !has(found, name)),
    unexpected: Object.keys(found).filter((name) => !has(expected, name)),
    "mis-shaped": Object.entries(expected).flatMap(([name, { shape }]) => {
      const own = has(found, name) ? found[name]?.shape : undefined;
      return own && !sameShape(own, shape) ? [`${name} [${own}] for [${shape}]`] : [];
    }),
  };
  const problems = Object.entries(lists).filter(([, names]) => names.length > 0);
  if (problems.length === 0) return;
  const got = problems.map(([kind, names]) => `${names.length} ${kind}: ${names.join(", ")}`).join("; ");
  throw new GMemError(
    "WEIGHTS",
    `${where}: every tensor of the network must be there with its shape, and no other, got ${got}; pass the network alone, without optimizer or other encoders`,
  );
}
