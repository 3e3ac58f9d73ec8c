import { checkOptions, GMemError, type OptionTable } from "@gmem/tensor";

export interface DrawOptions {
  /** Pictures of the text; default 1. */
  readonly count?: number;
  /** The same seed draws the same pictures; default 0. */
  readonly seed?: number;
  /** Gives up between two steps, or in a browser two pictures. */
  readonly signal?: AbortSignal;
}

/** The most pictures of one call. */
const most = 1024;

const table: OptionTable<DrawOptions> = { count: "optional", seed: "optional", signal: "optional" };

/** What is drawn, with nothing left open. */
export interface DrawRequest {
  readonly text: string;
  readonly count: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/**
 * A text and options as somebody gives them.
 * @throws {GMemError} code `INVALID_REQUEST` for a text that says nothing, or a count or seed that cannot be; `CONFIG` for other
 * options.
 */
export function checkRequest(text: unknown, options: DrawOptions): DrawRequest {
  checkOptions("draw", options, table);
  const { count = 1, seed = 0, signal } = options;
  if (typeof text !== "string") refuse("the text must be a string", text);
  if (text.trim() === "") refuse('the text must say what to draw, such as "a red heart"', text);
  if (!Number.isSafeInteger(count) || count < 1 || count > most)
    refuse(`count must be a whole number from 1 to ${most}`, count);
  if (!Number.isSafeInteger(seed) || seed < 0) refuse("seed must be a whole number from 0 on", seed);
  return { text, count, seed, ...(signal && { signal }) };
}

function refuse(rule: string, got: unknown): never {
  const said = typeof got === "number" ? String(got) : (JSON.stringify(got) ?? typeof got);
  throw new GMemError("INVALID_REQUEST", `draw: ${rule}, got ${said.slice(0, 80)}`);
}
