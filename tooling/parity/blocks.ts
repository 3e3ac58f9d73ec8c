import type { Named, Tensor } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";

/** Tokens after each block that the file holds as `out/block0`, `out/block1` …, up to the last of them. */
export function blocks(
  file: ParityFile,
  { h, depth }: { readonly h: Tensor; readonly depth: number },
  block: (h: Tensor, index: number) => Tensor,
): Named<Tensor> {
  const found: Record<string, Tensor> = {};
  let tokens = h;
  const last = Math.max(-1, ...Array.from({ length: depth }, (_, i) => (file.shapes[`out/block${i}`] ? i : -1)));
  for (let i = 0; i <= last; i++) {
    tokens = block(tokens, i); // [N,T,D]
    found[`block${i}`] = tokens;
  }
  return found;
}
