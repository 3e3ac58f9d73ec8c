import { type ProtocolName, protocols } from "@gmem/metrics";
import { type PictureFit, pictureFit } from "@gmem/metrics/folders";
import { didYouMean, GMemError } from "@gmem/tensor";

/** How pictures are read for features, as people type it. */
export interface ReadingWords {
  readonly protocol?: string | undefined;
  readonly resize: string;
  readonly onBad: string;
}

/** The same once it is known to make sense. */
export interface CheckedReading {
  readonly protocol?: ProtocolName;
  readonly resize: PictureFit;
  readonly onBad: "refuse" | "skip";
}

/**
 * @throws {GMemError} code `CONFIG` for a word that means nothing, before anything is read.
 * @example
 * checkReading({ resize: "crop:256", onBad: "refuse" }).resize; // "crop:256"
 */
export function checkReading({ protocol, resize, onBad }: ReadingWords): CheckedReading {
  if (onBad !== "refuse" && onBad !== "skip")
    throw new GMemError("CONFIG", `--on-bad must be refuse or skip, got "${onBad}"`);
  const names = Object.keys(protocols);
  if (protocol !== undefined && !names.includes(protocol))
    throw new GMemError(
      "CONFIG",
      `--protocol must be one of ${names.join(", ")}, got "${protocol}".${didYouMean(protocol, names)}`,
    );
  pictureFit(resize);
  return { resize: resize as PictureFit, onBad, ...(protocol && { protocol: protocol as ProtocolName }) };
}
