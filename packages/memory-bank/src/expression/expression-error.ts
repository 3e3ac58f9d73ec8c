import { GMemError } from "@gmem/tensor";

/** An expression that says nothing: where it fails, and the names that may have been meant. Code `INVALID_REQUEST`. */
export class ExpressionError extends GMemError {
  /** Of the first character that does not fit, from 0. */
  readonly position: number;
  /** Names near what was written, best first. */
  readonly nearest: readonly string[];
  constructor(position: number, rule: string, nearest: readonly string[] = []) {
    const hint = nearest.length === 0 ? "" : `; near it: ${nearest.join(", ")}`;
    super("INVALID_REQUEST", `expression: at character ${position + 1}, ${rule}${hint}`);
    this.position = position;
    this.nearest = nearest;
  }
}
