import type { TextEncoder } from "@gmem/spec";
import { array, GMemError } from "@gmem/tensor";
import { stackTokens } from "../text/encode-rows.ts";
import { toUnit } from "../text/unit.ts";

/** One of several encoders that hear the same text. */
export interface WeightedEncoder {
  readonly encoder: TextEncoder;
  /** Length of its part of a vector; default 1. */
  readonly weight?: number;
}

/** The encoders in the order of their columns. */
export type ConcatOptions = readonly WeightedEncoder[];

/**
 * Several encoders side by side: a vector is that of the first, of unit length times its weight, then that of the second, and so
 * on, [N, dim₁ + dim₂ + …]. Tokens are those of the first, then those of the second, each in its own columns.
 * @throws {GMemError} code `CONFIG` for no encoder, or a weight that is not positive.
 * @example
 * // no-run
 * import { hashedWords } from "@gmem/encoders/hashed-words";
 * import { useLite } from "@gmem/encoders/use-lite"; // blurs colours, which words keep apart
 * const both = concat([{ encoder: await useLite() }, { encoder: hashedWords(), weight: 0.5 }]);
 */
export function concat(parts: ConcatOptions): TextEncoder {
  if (parts.length === 0) throw new GMemError("CONFIG", "concat: needs one encoder or more, got none");
  const weights = parts.map(({ weight = 1 }) => weight);
  for (const weight of weights)
    if (!(weight > 0 && Number.isFinite(weight)))
      throw new GMemError("CONFIG", `concat: a weight must be a positive number, got ${weight}`);
  const encoders = parts.map(({ encoder }) => encoder);
  const dim = encoders.reduce((sum, encoder) => sum + encoder.dim, 0);
  const starts = encoders.map((_, i) => encoders.slice(0, i).reduce((sum, encoder) => sum + encoder.dim, 0));
  const joined = (of: "name" | "id"): string =>
    encoders.map((encoder, i) => (weights[i] === 1 ? encoder[of] : `${weights[i]} ${encoder[of]}`)).join(" + ");
  const limited = encoders.filter(({ cut }) => cut);
  return {
    name: joined("name"),
    id: joined("id"),
    dim,
    async tokens(texts) {
      const found = texts.map((): Float32Array[] => []);
      for (const [k, encoder] of encoders.entries()) {
        const { hidden, mask } = await encoder.tokens(texts);
        const [, length = 0] = mask.shape;
        for (let at = 0; at < mask.data.length; at++) {
          if (mask.data[at] === 0) continue;
          const token = new Float32Array(dim);
          token.set(hidden.data.subarray(at * encoder.dim, (at + 1) * encoder.dim), starts[k]);
          found[Math.floor(at / length)]?.push(token);
        }
      }
      return stackTokens(
        found.map((tokens) => rowsOf(tokens, dim)),
        dim,
      );
    },
    async encode(texts) {
      const vectors = new Float32Array(texts.length * dim);
      for (const [k, encoder] of encoders.entries()) {
        const { data } = await encoder.encode(texts);
        for (let row = 0; row < texts.length; row++) {
          const part = toUnit(data.slice(row * encoder.dim, (row + 1) * encoder.dim));
          const weighted = part.map((value) => value * (weights[k] as number));
          vectors.set(weighted, row * dim + (starts[k] as number));
        }
      }
      return array(vectors, [texts.length, dim]);
    },
    ...(limited.length > 0 && {
      cut: (texts) => [...new Set(limited.flatMap((encoder) => encoder.cut?.(texts) ?? []))].sort((a, b) => a - b),
    }),
  };
}

function rowsOf(tokens: readonly Float32Array[], dim: number): Float32Array {
  const rows = new Float32Array(tokens.length * dim);
  for (const [i, token] of tokens.entries()) rows.set(token, i * dim);
  return rows;
}
