import type { Params } from "@gmem/spec";
import { GMemError, type NDArray, type Shape, ShapeError, sameShape } from "@gmem/tensor";

/**
 * A float32 parameter by name, of the shape that the config gives it.
 * @throws {GMemError} code `WEIGHTS` if it is missing or not float32; {ShapeError} for another shape.
 */
export function floatParameter(
  parameters: Params<NDArray>,
  name: string,
  { where, shape }: { readonly where: string; readonly shape: Shape },
): NDArray<"f32"> {
  const found = parameters[name];
  if (found?.dtype !== "f32")
    throw new GMemError(
      "WEIGHTS",
      `${where}: the parameters must hold "${name}" in f32, got ${found?.dtype ?? "none"}`,
    );
  if (!sameShape(found.shape, shape))
    throw new ShapeError(where, `"${name}" must be [${shape}] by the config, check it`, [found.shape]);
  return found as NDArray<"f32">;
}
