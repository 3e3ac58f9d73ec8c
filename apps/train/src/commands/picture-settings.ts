import { readFile } from "node:fs/promises";
import { readDescription } from "@gmem/datasets/png";
import type { RunConfig } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import type { SampleOptions } from "./sample-options.ts";

interface Drawn {
  readonly count: number;
  readonly settings: RunConfig["sampler"];
  readonly said: readonly string[] | undefined;
}

/** How a grid was drawn, as the server's API and `--from` read it; `needs` names what it does not hold. */
export function recordOf(options: SampleOptions, { count, settings, said }: Drawn): Readonly<Record<string, unknown>> {
  const { seed = 0, first = 0, rows, label, interpolate, expression, request, noise, add, weight } = options;
  const { fromImage, strength, mask } = options;
  const [from, to] = interpolate?.split(",").map(Number) ?? [];
  return {
    ...{ seed, first, count, steps: settings.steps, guidance: settings.cfg, guidanceInterval: settings.cfgInterval },
    ...(typeof settings.solver === "string" && { solver: settings.solver }),
    ...(rows !== undefined && { rows: rows.split(",").map(Number) }),
    ...(label !== undefined && { label }),
    ...(said && { text: said.length === 1 ? said[0] : said }),
    ...(expression !== undefined && { expression }),
    ...(interpolate !== undefined && { interpolate: { from, to } }),
    ...(strength !== undefined && { strength }),
    needs: Object.entries({ request, noise, add, weight, fromImage, mask }).flatMap(([name, value]) =>
      value === undefined ? [] : [name],
    ),
  };
}

/**
 * The flags that draw a picture again, out of what it says of itself.
 * @throws {GMemError} code `DATA` for a picture that says nothing, or was drawn with other files.
 */
export async function flagsFrom(file: string, classes: readonly string[]): Promise<Partial<SampleOptions>> {
  const bytes = await readFile(file);
  const { settings } = await readDescription(bytes);
  if (!settings)
    return refuse(file, "that was drawn by `sample` or gmem-serve", "one that does not say how it was made");
  const { needs, row, rows, label, text, expression, interpolate, count, seed, first, steps, solver } = settings;
  const { guidance, guidanceInterval, strength } = settings;
  if (Array.isArray(needs) && needs.length > 0)
    return refuse(file, "that holds all that it was drawn with", `one that needs ${needs.join(", ")}; give these`);
  const list = isNumber(row) ? [row] : rows;
  return {
    ...(isNumber(seed) && { seed }),
    ...(isNumber(count) && { count }),
    ...(isNumber(first) && first > 0 && { first }),
    ...(isNumber(steps) && { steps }),
    ...(typeof solver === "string" && { solver }),
    ...(isNumber(guidance) && { cfg: guidance }),
    ...(isNumbers(guidanceInterval) && { cfgInterval: guidanceInterval }),
    ...(isNumber(strength) && { strength }),
    ...(isNumbers(list)
      ? { rows: list.join(",") }
      : {
          ...((typeof text === "string" || Array.isArray(text)) && { text: [text].flat() as string[] }),
          ...(typeof expression === "string" && { expression }),
          ...between(file, interpolate),
          ...labelled(label, classes),
        }),
  };
}

function between(file: string, given: unknown): Partial<SampleOptions> {
  if (given === undefined) return {};
  const { from, to, at, method } = given as Readonly<Record<string, unknown>>;
  if (!isNumber(from) || !isNumber(to))
    return refuse(file, "between two rows", "one between two expressions, which gmem-serve draws alone");
  if (!isNumber(at)) return { interpolate: `${from},${to}` };
  return { request: JSON.stringify({ interpolate: { a: from, b: to, weight: at, method } }) };
}

function labelled(label: unknown, classes: readonly string[]): Partial<SampleOptions> {
  const found = typeof label === "string" ? classes.indexOf(label) : label;
  return isNumber(found) && found >= 0 ? { label: found } : {};
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber);

function refuse(file: string, rule: string, got: string): never {
  throw new GMemError("DATA", `sample: --from must be a picture ${rule}, got ${file}, ${got}`);
}
