import { GMemError } from "@gmem/tensor";

/** A file that cannot be used as a picture. */
export class UnusableImageError extends GMemError {
  /** Why, in a word or two, for counting: `too small`, `damaged`, `HEIC`. */
  readonly kind: string;
  /** Why, in a clause, without the file's name. */
  readonly reason: string;
  constructor(kind: string, detail: string, { where = "" }: { readonly where?: string } = {}) {
    const reason = detail === "" ? kind : `${kind}: ${detail}`;
    super(
      "DATA",
      `decodeImage: the file${where} must be a whole JPEG, PNG, WebP, GIF, AVIF or TIFF picture, got: ${reason}`,
    );
    this.kind = kind;
    this.reason = reason;
  }
}
