import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** The value of float16 bits by definition. */
function definition(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

describe("float16", () => {
  it("is read exactly for all 65536 bit patterns", () => {
    const values = f16ToF32(all);
    for (let half = 0; half < 65536; half++)
      if (!Object.is(values[half], definition(half))) expect(values[half], `bits ${half}`).toBe(definition(half));
  });
  it("returns to the same bits, NaN payloads included", () => {
    expect(f32ToF16(f16ToF32(all))).toEqual(all);
  });
  it("is written to nearest, ties to even, from the smallest subnormal to infinity", () => {
    const cases: [number, number][] = [
      [2 ** -25, 0],
      [2 ** -25 * 1.001, 1],
      [2 ** -24, 1],
      [3 * 2 ** -25, 2],
      [2 ** -14, 0x400],
      [2 ** -14 - 2 ** -25, 0x400],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [65504, 0x7bff],
      [65519.996, 0x7bff],
      [65520, 0x7c00],
      [-1e30, 0xfc00],
      [-0, 0x8000],
    ];
    expect([...f32ToF16(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, half]) => half));
    expect(f32ToF16(Float32Array.of(Number.NaN))[0]).toBe(0x7e00);
  });
  it("is never farther from the value than a neighbour", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65504, max: 65504 }), (x) => {
        const half = f32ToF16(Float32Array.of(x))[0] as number;
        const error = Math.abs(definition(half) - x);
        for (const other of [half - 1, half + 1]) {
          const value = definition(other & 0xffff);
          if (Number.isFinite(value)) expect(error).toBeLessThanOrEqual(Math.abs(value - x));
        }
      }),
    );
  });
});

describe("bfloat16", () => {
  it("returns to the same bits for all 65536 patterns", () => {
    expect(f32ToBf16(bf16ToF32(all))).toEqual(all);
  });
  it("is the upper half of the float32 bits, rounded to even", () => {
    expect([...bits(bf16ToF32(Uint16Array.of(0x3f80, 0x0001)))]).toEqual([0x3f800000, 0x00010000]);
    const tie = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x7f7fffff, 0x7f800001, 0x00000001).buffer);
    expect([...f32ToBf16(tie)]).toEqual([0x3f80, 0x3f82, 0x7f80, 0x7fc0, 0]);
  });
});
