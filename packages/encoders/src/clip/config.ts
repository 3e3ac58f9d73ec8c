import { GMemError } from "@gmem/tensor";

/** A tower of transformer blocks. */
export interface TowerSize {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
}

/** How images come to the size of the network. The two give slightly different features. */
export type ClipInput =
  /** CLIP's own: Pillow's bicubic on the short side with its rounding to 8 bits, then the centre. Any height and width. */
  | "pillow-crop"
  /** REPA's and GMem's: PyTorch's bicubic of the whole square image, without antialiasing. */
  | "torch-bicubic";

/** A CLIP network and what is done to images before it. */
export interface ClipConfig {
  readonly name: string;
  /** Width of the space that images and texts share. */
  readonly dim: number;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly vision: TowerSize;
  readonly text: TowerSize & { readonly contextLength: number; readonly vocabulary: number };
  readonly input: ClipInput;
}

const published = { imageSize: 224, input: "pillow-crop" } as const;
const words = { contextLength: 77, vocabulary: 49_408 } as const;
const baseVision: TowerSize = { depth: 12, hiddenSize: 768, heads: 12 };
const baseText = { depth: 12, hiddenSize: 512, heads: 8, ...words };

/** ViT-B/32. */
export const clipB32: ClipConfig = {
  name: "clip-vit-b32",
  dim: 512,
  patchSize: 32,
  vision: baseVision,
  text: baseText,
  ...published,
};
/** ViT-B/16. */
export const clipB16: ClipConfig = { ...clipB32, name: "clip-vit-b16", patchSize: 16 };
/** ViT-L/14. */
export const clipL14: ClipConfig = {
  name: "clip-vit-l14",
  dim: 768,
  patchSize: 14,
  vision: { depth: 24, hiddenSize: 1024, heads: 16 },
  text: { depth: 12, hiddenSize: 768, heads: 12, ...words },
  ...published,
};

/** @throws {GMemError} code `CONFIG` for sizes that do not fit together. */
export function checkClip({ dim, imageSize, patchSize, vision, text }: ClipConfig): void {
  const rule = (isMet: boolean, what: string): void => {
    if (!isMet) throw new GMemError("CONFIG", `clip: ${what}`);
  };
  for (const tower of [{ dim, imageSize, patchSize }, vision, text])
    for (const [name, value] of Object.entries(tower))
      rule(Number.isInteger(value) && value > 0, `${name} must be a positive whole number, got ${value}`);
  for (const { heads, hiddenSize } of [vision, text])
    rule(hiddenSize % heads === 0, `heads must divide hiddenSize ${hiddenSize}, got ${heads}`);
  rule(imageSize % patchSize === 0, `patchSize must divide imageSize ${imageSize}, got ${patchSize}`);
}
