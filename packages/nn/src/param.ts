import { GMemError, type Named, type Tensor } from "@gmem/tensor";

/**
 * A parameter by its checkpoint name.
 * @throws {GMemError} code `WEIGHTS` that names the missing one.
 */
export function param(p: Named<Tensor>, name: string): Tensor {
  const found = p[name];
  if (!found)
    throw new GMemError(
      "WEIGHTS",
      `param: the parameters must hold "${name}", got ${Object.keys(p).length} other names`,
    );
  return found;
}
