import type { Named, Shape } from "@gmem/tensor";
import { duplicateKey } from "./duplicate-key.ts";
import { byteLength } from "./element.ts";
import { isBoundless } from "./json-memory.ts";
import { WeightsError } from "./weights-error.ts";

/** Headers above this are refused, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000;

/** A tensor as the file lists it. */
export interface TensorEntry {
  /** Element type by the names of safetensors, or by the file's own word for one that is listed but not read. */
  readonly dtype: string;
  readonly shape: Shape;
}

/** An entry and where its bytes are, counted from the start of the file. */
export interface PlacedTensor extends TensorEntry {
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly tensors: Named<PlacedTensor>;
  readonly metadata: Named<string>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

/**
 * Checks the length that a file's first 8 bytes claim for its header, before anything is allocated.
 * @throws {WeightsError} code `FORMAT`
 */
export function headerLength(first: Uint8Array, where: { readonly file: string; readonly size: number }): number {
  const { file, size } = where;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `safetensors: ${rule}`, found });
  };
  if (size < 8 || first.length < 8)
    fail("a file starts with 8 bytes of header length; it may be truncated, fetch it again", `${size} bytes`);
  const claimed = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(maxHeaderBytes))
    fail(`the header is at most ${maxHeaderBytes} bytes; this is no safetensors file`, `${claimed}`);
  if (Number(claimed) > size - 8)
    fail(
      `truncated: the file must have the ${8 + Number(claimed)} bytes of its header; fetch it again`,
      `${size} bytes`,
    );
  if (Number(claimed) < 2) fail("the header is a JSON object", `${claimed} bytes`);
  return Number(claimed);
}

/**
 * Reads a header: every tensor inside the file, none overlapping, no holes, sizes that agree with shapes.
 * @throws {WeightsError} code `FORMAT`
 */
export function parseHeader(bytes: Uint8Array, where: { readonly file: string; readonly size: number }): Header {
  const { file, size } = where;
  const fail = (rule: string, found: string, cause?: unknown): never => {
    throw new WeightsError("FORMAT", { file, rule: `safetensors: ${rule}`, found, cause });
  };
  const base = 8 + bytes.length;
  if (isBoundless(bytes, size))
    fail("the header must not be far larger once it is read", `${bytes.length} bytes of brackets`);
  const json = parseJson(bytes, fail);
  const metadata: [string, string][] = [];
  const placed: [string, PlacedTensor][] = [];
  for (const [name, entry] of Object.entries(json)) {
    if (name === "__proto__") fail("a tensor must not be named __proto__", show(name));
    if (name === "__metadata__") {
      if (entry === null) continue; // as the reference implementation
      if (!isRecord(entry)) return fail("__metadata__ is an object of strings", show(entry));
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== "string" || key === "__proto__")
          return fail("__metadata__ is an object of strings", show({ [key]: value }));
        metadata.push([key, value]);
      }
    } else placed.push([name, place(entry, name)]);
  }
  placed.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let at = base;
  for (const [name, { start, end }] of placed) {
    if (start !== at)
      fail(
        `tensors follow each other without gap or overlap; ${show(name)} must start at ${at - base}`,
        String(start - base),
      );
    at = end;
  }
  if (at > size)
    fail(`truncated: the file must have the ${at} bytes of its header's tensors; fetch it again`, `${size} bytes`);
  if (at < size) fail(`the file must end where its last tensor ends, at byte ${at}`, `${size} bytes`);
  return { tensors: Object.fromEntries(placed), metadata: Object.fromEntries(metadata) };

  function place(entry: unknown, name: string): PlacedTensor {
    if (!isRecord(entry)) return fail(`${show(name)} is an object of dtype, shape and data_offsets`, show(entry));
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype !== "string" || !/^\w{1,40}$/.test(dtype))
      return fail(`the dtype of ${show(name)} is a word`, show(dtype));
    if (!Array.isArray(shape) || !shape.every(isCount))
      return fail(`the shape of ${show(name)} is a list of whole numbers`, show(shape));
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
      return fail(`the data_offsets of ${show(name)} are two whole numbers`, show(offsets));
    const [start, end] = offsets as [number, number];
    const length = byteLength(dtype, shape); // NaN for a type that is not known
    if (length === undefined) return fail(`the size of ${show(name)} must be below 2^53 bytes`, show(shape));
    if (start > end) return fail(`the data_offsets of ${show(name)} begin before they end`, show(offsets));
    if (!Number.isNaN(length) && end - start !== length)
      return fail(`${show(name)}, ${dtype} [${shape}], takes ${length} bytes`, String(end - start));
    return { dtype, shape, start: base + start, end: base + end };
  }
}

function parseJson(
  bytes: Uint8Array,
  fail: (rule: string, found: string, cause?: unknown) => never,
): Record<string, unknown> {
  let text = "";
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    fail("the header is UTF-8", "other bytes", cause);
  }
  try {
    json = JSON.parse(text);
  } catch (cause) {
    fail("the header is JSON", show(text.slice(0, 40)), cause);
  }
  if (!isRecord(json) || text[0] !== "{") return fail("the header is a JSON object", show(text.slice(0, 40)));
  const twice = duplicateKey(text);
  return twice === undefined ? json : fail("names are unique", `${show(twice)} twice`);
}
