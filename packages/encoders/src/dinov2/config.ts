import { GMemError } from "@gmem/tensor";

/** How a table of positions is resampled to another grid. The two give slightly different features. */
export type PositionResampling =
  /** Antialiased bicubic by the ratio of sizes: REPA, GMem, and the official models with registers. */
  | "timm-antialias"
  /** Bicubic with coordinates of scale (n + 0.1)/m and no antialiasing: the official models without registers. */
  | "dinov2-offset"
  /** Bicubic by the options of the official constructor: coordinates of scale (n + offset)/m, by the ratio of sizes for 0. */
  | { readonly antialias: boolean; readonly offset: number };

/** The options that a name stands for. */
export function resamplingOf(positions: PositionResampling): { readonly antialias: boolean; readonly offset: number } {
  if (typeof positions !== "string") return positions;
  return positions === "timm-antialias" ? { antialias: true, offset: 0 } : { antialias: false, offset: 0.1 };
}

/** As it stands in an encoder's id. */
export const resamplingName = (positions: PositionResampling): string =>
  typeof positions === "string" ? positions : `${positions.antialias ? "antialias" : "plain"}-${positions.offset}`;

/** A DINOv2 network and what is done to images before it. */
export interface Dinov2Config {
  readonly name: string;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** Two layers with GELU, a gated pair of them, or none: the norm alone. */
  readonly feedForward: "mlp" | "swiglu" | "identity";
  /** Pixels a side of one patch. */
  readonly patchSize: number;
  /** R, register tokens between class token and patches. */
  readonly registers: number;
  /** Rows, and columns, of the trained table of positions. */
  readonly positionGrid: number;
  readonly positions: PositionResampling;
  /** Images of `from` pixels a side are brought to `to`: 14 pixels of the network for 16 of the image. */
  readonly input: { readonly from: number; readonly to: number };
}

const published = {
  feedForward: "mlp",
  patchSize: 14,
  registers: 0,
  positionGrid: 37,
  positions: "timm-antialias",
  input: { from: 256, to: 224 },
} as const;

/** ViT-S/14. For the models with registers: `{ ...dinov2S, name: "dinov2-vits14-reg", registers: 4 }`. */
export const dinov2S: Dinov2Config = { name: "dinov2-vits14", depth: 12, hiddenSize: 384, heads: 6, ...published };
/** ViT-B/14, the encoder of the paper's banks. */
export const dinov2B: Dinov2Config = { name: "dinov2-vitb14", depth: 12, hiddenSize: 768, heads: 12, ...published };
/** ViT-L/14. */
export const dinov2L: Dinov2Config = { name: "dinov2-vitl14", depth: 24, hiddenSize: 1024, heads: 16, ...published };
/** ViT-g/14. */
export const dinov2G: Dinov2Config = {
  name: "dinov2-vitg14",
  depth: 40,
  hiddenSize: 1536,
  heads: 24,
  ...published,
  feedForward: "swiglu",
};

/** @throws {GMemError} code `CONFIG` for sizes that do not fit together. */
export function checkDinov2({
  depth,
  hiddenSize,
  heads,
  patchSize,
  registers,
  positionGrid,
  positions,
  input,
}: Dinov2Config): void {
  const rule = (isMet: boolean, text: string): void => {
    if (!isMet) throw new GMemError("CONFIG", `dinov2: ${text}`);
  };
  for (const [name, value] of Object.entries({ depth, hiddenSize, heads, patchSize, positionGrid, ...input }))
    rule(Number.isInteger(value) && value > 0, `${name} must be a positive whole number, got ${value}`);
  rule(Number.isInteger(registers) && registers >= 0, `registers must be a whole number ≥ 0, got ${registers}`);
  const { offset } = resamplingOf(positions);
  rule(offset >= 0 && offset < 1, `the offset of positions must be at least 0 and below 1, got ${offset}`);
  rule(hiddenSize % heads === 0, `heads must divide hiddenSize ${hiddenSize}, got ${heads}`);
  rule(input.to % patchSize === 0, `patchSize must divide input.to ${input.to}, got ${patchSize}`);
}
