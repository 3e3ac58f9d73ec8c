/** float32 bits of every float16, by its bits. */
let table: Uint32Array | undefined;

function halfTable(): Uint32Array {
  if (table) return table;
  table = new Uint32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    let bits = 0;
    if (exponent === 31) bits = 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits = ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction > 0) {
      const shift = Math.clz32(fraction) - 21; // brings the leading one to bit 10
      bits = ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    }
    table[half] = sign | bits;
  }
  return table;
}

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** float16 bits → float32, exactly (subnormals, infinities and NaN payloads too). */
export function f16ToF32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = bitsOf(values);
  const lookup = halfTable();
  for (let i = 0; i < halves.length; i++) bits[i] = lookup[halves[i] as number] as number;
  return values;
}

/** float32 → float16 bits, to nearest, ties to even; beyond ±65504 (by rounding) ±∞. */
export function f32ToF16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) halves[i] = toHalf(bits[i] as number);
  return halves;
}

function toHalf(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const size = x & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7c00 | ((size >>> 13) & 0x3ff || 0x200); // NaN keeps its payload
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  if (size < 0x33000000) return sign;
  const shift = 126 - (size >>> 23); // subnormal, in units of 2⁻²⁴
  const fraction = (size & 0x7fffff) | 0x800000;
  const whole = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (rest > middle || (rest === middle && (whole & 1) === 1) ? whole + 1 : whole);
}

/** bfloat16 bits → float32, exactly. */
export function bf16ToF32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = bitsOf(values);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return values;
}

/** float32 → bfloat16 bits, to nearest, ties to even. */
export function f32ToBf16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i] as number;
    const notANumber = (x & 0x7fffffff) > 0x7f800000;
    const high = x >>> 16;
    halves[i] = notANumber ? (high & 0x7f ? high : high | 0x40) : (x + 0x7fff + (high & 1)) >>> 16;
  }
  return halves;
}
