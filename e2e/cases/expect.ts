import type { NDArray } from "@gmem/tensor";
import type { Ended } from "./case.ts";

/** @throws {Error} with what was wanted and what was got */
export function demand(holds: boolean, wanted: string, got: unknown): void {
  if (!holds) throw new Error(`wanted ${wanted}, got ${typeof got === "string" ? got : JSON.stringify(got)}`);
}

/** The program did what it was asked to do. @returns all that it printed */
export function done(ended: Ended): string {
  demand(ended.status === 0, "exit code 0", `${ended.status}: ${ended.text}`);
  return ended.text;
}

/** The program refused, and said all of this, without a stack trace. @returns the line of the error */
export function refused(ended: Ended, ...says: readonly (string | RegExp)[]): string {
  demand(ended.status === 1 || ended.status === 2, "exit code 1 or 2", `${ended.status}: ${ended.text}`);
  demand(!/\n\s+at .+:\d+:\d+/.test(ended.text), "no stack trace", ended.text);
  saying(ended.text, ...says);
  return ended.stderr.split("\n").find((line) => line.startsWith("error")) ?? firstLine(ended.stderr);
}

/** @throws {Error} if a text lacks one of these */
export function saying(text: string, ...says: readonly (string | RegExp)[]): void {
  for (const said of says)
    demand(typeof said === "string" ? text.includes(said) : said.test(text), `a text with ${said}`, text);
}

export const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

/** @throws {Error} if values or shape differ by more than `atol` */
export function close(got: NDArray | undefined, want: readonly number[], { shape, atol = 0 }: Closeness = {}): string {
  if (!got) throw new Error(`wanted ${want.join(" ")}, got no such array`);
  if (shape) demand(String(got.shape) === String(shape), `shape [${shape}]`, `[${got.shape}]`);
  const values = Array.from(got.data, Number);
  const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] ?? Number.NaN))), 0);
  demand(values.length === want.length && off <= atol, want.slice(0, 12).join(" "), values.slice(0, 12).join(" "));
  return values.length <= 8 ? values.map((value) => +value.toPrecision(5)).join(" ") : `off by ${off.toExponential(1)}`;
}

interface Closeness {
  readonly shape?: readonly number[];
  readonly atol?: number;
}

/** What a call throws, as code and message. @throws {Error} if it gives a value, or an error without a code */
export async function failing(call: () => unknown, ...says: readonly (string | RegExp)[]): Promise<string> {
  let got: unknown;
  try {
    got = await call();
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    demand(code !== undefined && /^[A-Z_]+$/.test(code), "an error with a code", `${(error as Error).stack}`);
    const line = `[${code}] ${message}`;
    saying(line, ...says);
    return firstLine(line);
  }
  throw new Error(`wanted an error, got ${JSON.stringify(got)?.slice(0, 200)}`);
}
