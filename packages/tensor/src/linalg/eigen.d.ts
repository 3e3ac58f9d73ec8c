export function eigen(
  input: Float64Array,
  n: number,
  wantVectors: boolean,
): { values: Float64Array<ArrayBuffer>; vectors?: Float64Array<ArrayBuffer> };
