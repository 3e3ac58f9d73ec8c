import type { Shape } from "./aval.ts";

/** Every stable error code of GMem; third parties may use codes of their own. */
export type ErrorCode =
  | "SHAPE"
  | "DTYPE"
  | "GRADIENT"
  | "GRAPH"
  | "UNSUPPORTED_OP"
  | "BACKEND_UNAVAILABLE"
  | "ENGINE"
  | "OUT_OF_MEMORY"
  | "ABORTED"
  | "FORMAT"
  | "CONFIG"
  | "DATA"
  | "BANK"
  | "INVALID_REQUEST"
  | "CHECKPOINT"
  | "NON_FINITE"
  | "WEIGHTS"
  | "HUB"
  | (string & {});

const brand = Symbol.for("gmem.error");

/**
 * Base of every error GMem throws. The message reads `where: rule, got what`; `code` is stable across releases.
 * Recognise one with {@link isGMemError}: two copies of a package still know each other.
 */
export class GMemError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for a {@link GMemError} made by any copy of this package, optionally of one code. */
export function isGMemError(value: unknown, code?: ErrorCode): value is GMemError {
  return (
    value instanceof Error && brand in value && (code === undefined || (value as unknown as GMemError).code === code)
  );
}

/** Shapes that break an operation's rule. */
export class ShapeError extends GMemError {
  readonly where: string;
  readonly got: readonly Shape[];
  constructor(where: string, rule: string, got: readonly Shape[]) {
    super("SHAPE", `${where}: ${rule}, got ${got.map((shape) => `[${shape.join(",")}]`).join(" and ")}`);
    this.where = where;
    this.got = got;
  }
}

/** An element type that an operation does not take. */
export class DTypeError extends GMemError {
  constructor(where: string, rule: string, got: string) {
    super("DTYPE", `${where}: ${rule}, got ${got}`);
  }
}

/** A graph that cannot be built or differentiated as asked. */
export class GraphError extends GMemError {
  constructor(where: string, rule: string, got?: string) {
    super("GRAPH", `${where}: ${rule}${got === undefined ? "" : `, got ${got}`}`);
  }
}

/** An engine that has no kernel for an operation; thrown while compiling, never while running. */
export class UnsupportedOpError extends GMemError {
  readonly op: string;
  readonly engine: string;
  constructor(engine: string, op: string, hint: string) {
    super("UNSUPPORTED_OP", `${engine}: no lowering for operation "${op}"; ${hint}`);
    this.op = op;
    this.engine = engine;
  }
}
