import type { LeftOut, RgbImage } from "@gmem/datasets/folder";

/** What opening and reading pictures takes. */
export interface ReadingOptions {
  /** Stops between two pictures with code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ReadingProgress) => void) | undefined;
}

export interface ReadingProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly note?: string;
  /** Given once, at the end of a stage. */
  readonly result?: string;
}

/** Pictures of one place, of which nothing but their bytes may have been read. */
export interface PictureSource {
  readonly path: string;
  /** Digest of the names and bytes of all pictures in their order: of equal ones features are equal. */
  content(options?: ReadingOptions): Promise<string>;
  open(options?: ReadingOptions): Promise<Pictures>;
}

/** A picture [H,W,3] in bytes with the format that it came in, or why there is none. */
export type ReadPicture = { readonly image: RgbImage; readonly format: string } | { readonly leftOut: LeftOut };

/** Pictures in a fixed order. */
export interface Pictures {
  /** Those that cannot be used included. */
  readonly length: number;
  /** By first subfolder, or as the archive says; absent unless every picture has one. */
  readonly labels?: ArrayLike<number>;
  readonly classes: readonly string[];
  idOf(index: number): string;
  read(index: number): Promise<ReadPicture>;
}
