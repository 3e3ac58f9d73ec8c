const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const UNIT = 2 ** -32;

type Counter = readonly [number, number, number, number];

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based generator. The
 * same key and counter give the same four words, on every machine and in any order.
 */
export function philox(out: Uint32Array, key: readonly [number, number], counter: Counter): void {
  philoxFill(out.length === 4 ? out : out.subarray(0, 4), key, counter);
}

/**
 * Fills `out` with the words of as many counters as it has room for, counting up from the first (words 0 and 1 are its
 * low 64 bits). The high word of a 32 × 32 bit product is (product − low word) / 2^32: a double has the product within 2^10, which
 * rounding takes away.
 */
export function philoxFill(out: Uint32Array, key: readonly [number, number], first: Counter): void {
  const blocks = Math.ceil(out.length / 4);
  const last = new Uint32Array(4);
  for (let block = 0; block < blocks; block++) {
    const low = (first[0] >>> 0) + block;
    let c0 = low | 0;
    let c1 = (first[1] + Math.floor(low / 2 ** 32)) | 0;
    let c2 = first[2] | 0;
    let c3 = first[3] | 0;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < 10; round++) {
      const low0 = Math.imul(M0, c0);
      const low1 = Math.imul(M1, c2);
      const high0 = (((c0 >>> 0) * M0 - (low0 >>> 0)) * UNIT + 0.5) | 0;
      const high1 = (((c2 >>> 0) * M1 - (low1 >>> 0)) * UNIT + 0.5) | 0;
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + W0) | 0;
      k1 = (k1 + W1) | 0;
    }
    const at = block * 4;
    const whole = at + 4 <= out.length;
    const target = whole ? out : last;
    const to = whole ? at : 0;
    target[to] = c0;
    target[to + 1] = c1;
    target[to + 2] = c2;
    target[to + 3] = c3;
    if (!whole) out.set(last.subarray(0, out.length - at), at);
  }
}
