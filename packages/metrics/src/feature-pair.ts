import { checkFinite, type NDArray, ShapeError } from "@gmem/tensor";

/** @throws {ShapeError} unless both are [N,d] of one width. @throws {GMemError} code `NON_FINITE` naming the side. */
export function checkPair(where: string, [real, fake]: readonly [NDArray<"f32">, NDArray<"f32">]): void {
  const [width, other] = [real.shape[1], fake.shape[1]];
  if (real.shape.length !== 2 || fake.shape.length !== 2 || !width || width !== other)
    throw new ShapeError(where, "needs features [N,d] and [M,d]", [real.shape, fake.shape]);
  checkFinite({ "real features": real, "fake features": fake }, { where });
}
