import type { SampleBody } from "../api/types.ts";

/** A body without what is undefined or only for the page. */
const plain = ({ keep: _, partial: __, ...body }: SampleBody): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));

/** A word that a shell takes as it is. */
export const shellWord = (text: string): string =>
  /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A command that asks the server, and saves the pictures as an archive. */
export function asCurl(body: SampleBody, base: string): string {
  const url = new URL("v1/samples?wait=true", base).href;
  return `curl -s ${shellWord(url)} -H 'Content-Type: application/json' -d ${shellWord(JSON.stringify(plain(body)))}`;
}

/** The same in TypeScript, without a library. */
export function asTypeScript(body: SampleBody, base: string): string {
  const url = new URL("v1/samples?wait=true", base).href;
  return [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    '  method: "POST",',
    '  headers: { "Content-Type": "application/json" },',
    `  body: JSON.stringify(${JSON.stringify(plain(body), null, 2).replaceAll("\n", "\n  ")}),`,
    "});",
    "const { images } = await response.json(); // addresses of PNG files",
  ].join("\n");
}

/** The same with `gmem-train sample`; undefined for what that command has no flag for. */
export function asCommand({
  rows,
  label,
  text,
  expression,
  interpolate,
  image,
  ...body
}: SampleBody): string | undefined {
  if (expression !== undefined || image !== undefined || typeof label === "string") return undefined;
  if (
    interpolate &&
    (interpolate.at !== undefined || typeof interpolate.from === "string" || typeof interpolate.to === "string")
  )
    return undefined;
  const { run = "RUN", count, seed, first, steps, guidance } = body;
  const flags: readonly (readonly [string, unknown])[] = [
    ["--rows", rows?.join(",")],
    ["--label", label],
    ["--text", text],
    ["--interpolate", interpolate && `${interpolate.from},${interpolate.to}`],
    ["--count", count],
    ["--seed", seed],
    ["--first", first || undefined],
    ["--steps", steps],
    ["--cfg", guidance],
  ];
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(String(value))]));
  return ["gmem-train sample", shellWord(`runs/${run}`), ...words].join(" ");
}
