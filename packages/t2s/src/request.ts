import { checkFinite, GMemError, type NDArray } from "@gmem/tensor";

/**
 * What to draw: a text for the batch, or one for each sample; or vectors of the text encoder, computed before, [1 or N,textDim].
 * `undefined` and empty texts are the null text.
 */
export type TextRequest =
  | undefined
  | { readonly text: string | readonly string[] }
  | { readonly vectors: NDArray<"f32"> };

/**
 * Untrusted JSON → request. Vectors come as an array of rows of numbers.
 * @throws {GMemError} code `INVALID_REQUEST`
 * @example
 * parseTextRequest({ text: "a red circle" }, 512); // { text: "a red circle" }
 */
export function parseTextRequest(input: unknown, textDim: number): TextRequest {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== "object" || Array.isArray(input)) return refuse("request: must be an object", input);
  const { text, vectors, ...unknown } = input as Readonly<Record<string, unknown>>;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) return refuse('request: must have "text" or "vectors"', extra);
  if (text !== undefined && vectors !== undefined) return refuse("request: must have one of text and vectors", "both");
  if (text !== undefined) return { text: texts(text) };
  return vectors === undefined ? undefined : { vectors: rows(vectors, textDim) };
}

function texts(text: unknown): string | readonly string[] {
  if (typeof text === "string") return text;
  if (!Array.isArray(text) || text.length === 0) return refuse("text: must be a string, or an array of them", text);
  const odd = text.findIndex((one) => typeof one !== "string");
  return odd < 0 ? (text as string[]) : refuse(`text[${odd}]: must be a string`, text[odd]);
}

/** Rows of finite numbers, as arrays or as what code hands over. */
function rows(vectors: unknown, textDim: number): NDArray<"f32"> {
  if (isArray(vectors)) {
    const [count = 0, width] = vectors.shape;
    if (vectors.shape.length !== 2 || count === 0 || width !== textDim)
      return refuse(`vectors: must be [N,${textDim}], as the text encoder gives them`, vectors.shape);
    checkFinite({ vectors }, { where: "request", remedy: "encode the texts again" });
    return vectors;
  }
  if (!Array.isArray(vectors) || vectors.length === 0) return refuse("vectors: must be an array of rows", vectors);
  for (const [i, row] of vectors.entries())
    if (!Array.isArray(row) || row.length !== textDim || !row.every((value) => Number.isFinite(value)))
      return refuse(`vectors[${i}]: must be ${textDim} numbers, as the text encoder gives them`, row);
  return { dtype: "f32", shape: [vectors.length, textDim], data: Float32Array.from(vectors.flat() as number[]) };
}

const isArray = (value: unknown): value is NDArray<"f32"> =>
  typeof value === "object" && value !== null && "data" in value && value.data instanceof Float32Array;

function refuse(rule: string, got: unknown): never {
  const said = JSON.stringify(got) ?? "nothing";
  throw new GMemError("INVALID_REQUEST", `${rule}, got ${said.length > 80 ? `${said.slice(0, 80)}…` : said}`);
}
