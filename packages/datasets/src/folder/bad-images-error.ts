import { GMemError } from "@gmem/tensor";
import type { LeftOut } from "./left-out.ts";

/** Pictures that cannot be used. */
export class BadImagesError extends GMemError {
  readonly bad: readonly LeftOut[];
  constructor(message: string, bad: readonly LeftOut[]) {
    super("DATA", message);
    this.bad = bad;
  }
}
