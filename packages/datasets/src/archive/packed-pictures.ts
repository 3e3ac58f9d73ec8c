import type { LeftOut } from "../folder/left-out.ts";

/** A picture inside another file, not yet decoded. */
export interface PackedPicture {
  /** A name of its own. */
  readonly file: string;
  /** Length. */
  readonly bytes: number;
  readonly captions: readonly string[];
  readonly label?: number;
  read(): Promise<Uint8Array>;
}

export interface PackedPictures {
  readonly pictures: readonly PackedPicture[];
  readonly leftOut: readonly LeftOut[];
  /** Class names, where the file has them. */
  readonly classes?: readonly string[];
}
