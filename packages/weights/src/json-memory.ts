/**
 * True if what a JSON text says may take far more memory than a file of `size` bytes should: about 56 bytes for each bracket
 * and 16 for each comma, where a list of nothing but brackets has 56 for one. Headers of real files are far below.
 */
export function isBoundless(text: Uint8Array, size: number): boolean {
  let bytes = 0;
  for (const symbol of text) {
    if (symbol === 0x5b || symbol === 0x7b) bytes += 56;
    else if (symbol === 0x2c) bytes += 16;
  }
  return bytes > 3 * size + 2 ** 25;
}
