import { GMemError } from "@gmem/tensor";

/** A Gemma 1 network. */
export interface GemmaConfig {
  readonly name: string;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** Heads of keys and values, each shared by heads/keyValueHeads queries. */
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Units of the gated feed-forward layer. */
  readonly feedForward: number;
  readonly vocabulary: number;
  /** ε of the RMS norms. Default 1e-6. */
  readonly normEpsilon?: number;
  /** Base of the rotary frequencies. Default 10,000. */
  readonly ropeBase?: number;
}

/** Gemma-2B, the text encoder of the paper's text-to-snippet model. */
export const gemma2B: GemmaConfig = {
  name: "gemma-2b",
  depth: 18,
  hiddenSize: 2048,
  heads: 8,
  keyValueHeads: 1,
  headDim: 256,
  feedForward: 16_384,
  vocabulary: 256_000,
};

/** @throws {GMemError} code `CONFIG` for sizes that do not fit together. */
export function checkGemma({ name, normEpsilon = 1e-6, ropeBase = 10_000, ...sizes }: GemmaConfig): void {
  for (const [option, value] of Object.entries({ normEpsilon, ropeBase }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new GMemError("CONFIG", `${name}: ${option} must be a positive number, got ${value}`);
  for (const [size, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      throw new GMemError("CONFIG", `${name}: ${size} must be a positive whole number, got ${value}`);
  const { heads, keyValueHeads, headDim } = sizes;
  if (heads % keyValueHeads !== 0)
    throw new GMemError("CONFIG", `${name}: keyValueHeads must divide heads ${heads}, got ${keyValueHeads}`);
  if (headDim % 2 !== 0) throw new GMemError("CONFIG", `${name}: headDim must be even, got ${headDim}`);
}
