import { concatRows, GMemError, type Named, type NDArray } from "@gmem/tensor";

/**
 * Tensors whose names end in `#0`, `#1` and `#2` become one: their rows, joined in that order, as query, key and value are
 * in the original checkpoints. Other tensors stay.
 * @throws {GMemError} code `WEIGHTS` if a part is missing, or the whole is there besides.
 */
export function joinParts(tensors: Named<NDArray>): Named<NDArray> {
  const whole = new Map<string, NDArray>();
  const parts = new Map<string, NDArray[]>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const [to = name, part] = name.split("#");
    if (part === undefined) whole.set(to, tensor);
    else {
      const pieces = parts.get(to) ?? [];
      pieces[Number(part)] = tensor;
      parts.set(to, pieces);
    }
  }
  for (const [to, pieces] of parts) {
    const refuse = (got: string): never => {
      throw new GMemError("WEIGHTS", `joinParts: query, key and value must be there for "${to}", got ${got}`);
    };
    const missing = [0, 1, 2].find((i) => !pieces[i]);
    if (missing !== undefined) refuse(`none for part ${missing}`);
    if (whole.has(to)) refuse("the three of them in one tensor besides");
    whole.set(to, concatRows(pieces));
  }
  return Object.fromEntries(whole);
}
