import { f16ToF32 } from "./half.ts";

/** Eight bits of sign, 5 of exponent and 2 of fraction → float32: the upper half of a float16. */
export const e5m2ToF32 = (bytes: Uint8Array): Float32Array => f16ToF32(Uint16Array.from(bytes, (byte) => byte << 8));

/** Sign, 4 bits of exponent, 3 of fraction → float32; no infinities, all ones is NaN (OCP's E4M3, torch's float8_e4m3fn). */
export function e4m3ToF32(bytes: Uint8Array): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, byte) => {
    const exponent = (byte >> 3) & 15;
    const fraction = byte & 7;
    const size =
      exponent === 15 && fraction === 7
        ? Number.NaN
        : exponent === 0
          ? fraction * 2 ** -9
          : (8 + fraction) * 2 ** (exponent - 10);
    return byte & 128 ? -size : size;
  });
  return Float32Array.from(bytes, (byte) => table[byte] as number);
}
