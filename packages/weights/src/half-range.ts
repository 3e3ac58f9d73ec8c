import { GMemError, type NDArray } from "@gmem/tensor";

/** Half precision rounds this and more to infinity. */
const beyond = 65520;

/**
 * Numbers that half precision can hold: at most 65504 without their sign.
 * @param where names the tensor, for the error.
 * @throws {GMemError} code `NON_FINITE` naming the first that would become infinite.
 * @example
 * checkHalfRange('model.safetensors: "w"', array([1, -65504]));
 */
export function checkHalfRange(where: string, { data }: Pick<NDArray, "data">): void {
  const lost = data.find((value) => Math.abs(value) >= beyond && Number.isFinite(value));
  if (lost !== undefined)
    throw new GMemError(
      "NON_FINITE",
      `${where}: numbers must stay finite in half precision, at most 65504, got ${lost}; store it as f32`,
    );
}
