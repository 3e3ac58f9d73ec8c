import { GMemError } from "@gmem/tensor";

/**
 * Objects of JSON, one a line; blank lines are passed over.
 * @throws {GMemError} code `DATA` naming the line.
 */
export function jsonLines(where: string, text: string): readonly { readonly line: number; readonly value: object }[] {
  return text.split("\n").flatMap((raw, i) => {
    const line = i + 1;
    if (raw.trim() === "") return [];
    return [{ line, value: jsonObject(`${where}: line ${line}`, raw) }];
  });
}

/** @throws {GMemError} code `DATA` for anything but an object of JSON. */
export function jsonObject(where: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GMemError("DATA", `${where}: must be JSON, got ${JSON.stringify(text.slice(0, 60))}`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new GMemError("DATA", `${where}: must be an object, got ${JSON.stringify(text.slice(0, 60))}`);
}
