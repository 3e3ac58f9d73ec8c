import { GMemError } from "@gmem/tensor";

/** One label for the batch, or one for each sample; `undefined`: the noise chooses. */
export type ClassRequest = undefined | { readonly label: number } | { readonly labels: readonly number[] };

/**
 * Untrusted JSON → request. @throws {GMemError} code `INVALID_REQUEST`
 * @example
 * parseClassRequest({ label: 3 }, 10); // { label: 3 }
 */
export function parseClassRequest(input: unknown, classes: number): ClassRequest {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== "object" || Array.isArray(input)) return refuse("request: must be an object", input);
  const { label, labels, ...unknown }: Readonly<Record<string, unknown>> = { ...input };
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) return refuse('request: must have "label" or "labels"', extra);
  if (label !== undefined && labels !== undefined) return refuse("request: must have one of label and labels", "both");
  if (label !== undefined) return { label: checked(label, { classes, where: "label" }) };
  if (labels === undefined) return undefined;
  if (!Array.isArray(labels) || labels.length === 0) return refuse("labels: must be an array with entries", labels);
  return { labels: labels.map((value: unknown, i) => checked(value, { classes, where: `labels[${i}]` })) };
}

function checked(value: unknown, { classes, where }: { readonly classes: number; readonly where: string }): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < classes) return value;
  return refuse(`${where}: must be a class 0…${classes - 1}`, value);
}

function refuse(rule: string, got: unknown): never {
  throw new GMemError("INVALID_REQUEST", `${rule}, got ${JSON.stringify(got) ?? "nothing"}`);
}
