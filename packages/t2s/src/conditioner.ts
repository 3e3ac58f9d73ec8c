import type { Conditioner, MemoryBank, TextEncoder } from "@gmem/spec";
import {
  argMax,
  checkFinite,
  checkOptions,
  constant,
  f32,
  GMemError,
  gather,
  greater,
  mean,
  type NDArray,
  ShapeError,
  scalar,
  sumSquare,
  type Tensor,
  takeRows,
  where,
} from "@gmem/tensor";
import type { ConnectorConfig } from "./connector/connector.ts";
import { promptReader } from "./connector/prompt-reader.ts";
import { parseTextRequest, type TextRequest } from "./request.ts";
import { textToSnippet, textToSnippetInit } from "./text-to-snippet.ts";

export interface T2sOptions {
  /** Reads the texts of requests; without it a request holds vectors. */
  readonly textEncoder?: TextEncoder;
  /** Width of a text's vector; default the text encoder's. */
  readonly textDim?: number;
  /** d, the width of a snippet; default the bank's. */
  readonly snippetDim?: number;
  /** Width of the layer between; default `textDim`, as in the paper. */
  readonly hidden?: number;
  /**
   * Factor on a text's vector; default 1, as in the paper. Vectors of length 1, as sentence encoders give them, need 8 to
   * √textDim: with less the layer between is as good as linear.
   */
  readonly gain?: number;
  /**
   * Reads all tokens of a prompt by learned queries, as OpenUni does (App. H.1): a text's vector then is its tokens and their mask
   * in one row, as `promptTokens` of @gmem/encoders gives them, and what goes into the adapter is the mean of the queries.
   */
  readonly connector?: ConnectorConfig;
  /** With a connector, the row of the null prompt [1,textDim]; default the text encoder's `nullRow`. */
  readonly nullRow?: NDArray<"f32">;
  /** Says how wide snippets are. Nothing is looked up in it. */
  readonly bank?: Pick<MemoryBank, "dim">;
  /**
   * Rows of a bank [M,d], unit: a text's snippet becomes the nearest of them. For sampling: a choice has no gradient. The rows
   * stand in the traced program.
   */
  readonly snap?: NDArray<"f32">;
}

/** With what the other conditioners of Figure 4 take, where one is swapped for another. */
const takes = {
  textEncoder: "optional",
  textDim: "optional",
  snippetDim: "optional",
  hidden: "optional",
  gain: "optional",
  snap: "optional",
  connector: "optional",
  nullRow: "optional",
  bank: "optional",
  classes: "optional",
  hiddenSize: "optional",
} as const;

/**
 * Conditioning by text (Figure 4 d): ŝ = {@link textToSnippet} of a text's vector in place of a bank's row, so that S-Adapter
 * and network stay as they are and no bank is needed to draw. In training each image gets the vector of one of its captions,
 * `batch.texts`; images without captions train the null condition.
 * @throws {GMemError} code `CONFIG` if a width is missing or wrong, for a gain that is not positive, or a connector without a null prompt.
 * @example
 * const c = conditioner({ textDim: 8, snippetDim: 4 });
 * await c.resolve(key(1).normal([2, 1, 8, 8]), c.parse({ vectors: [[1, 0, 0, 0, 0, 0, 0, 0]] })); // { text: f32 [2,8] }
 */
export function conditioner(options: T2sOptions): Conditioner<TextRequest> {
  checkOptions("t2s conditioner", options, takes);
  const { textEncoder, bank, snap, gain = 1 } = options;
  const textDim = width(
    options.textDim ?? textEncoder?.dim,
    "textDim }, the width of the text encoder's vectors, or { textEncoder",
  );
  const snippetDim = width(options.snippetDim ?? bank?.dim, "snippetDim }, the width of a snippet, or { bank");
  const prompts = options.connector && promptReader(options.connector, { ...options, textDim });
  const hidden = width(options.hidden ?? prompts?.dim ?? textDim, "hidden");
  if (!(gain > 0 && Number.isFinite(gain)))
    throw new GMemError("CONFIG", `t2s conditioner: gain must be positive, got ${gain}; 1 is the paper's`);
  if (textEncoder && textEncoder.dim !== textDim)
    throw new GMemError(
      "CONFIG",
      `t2s conditioner: vectors must be ${textDim} wide, got ${textEncoder.dim} from ${textEncoder.name}`,
    );
  if (snap && (snap.shape.length !== 2 || snap.shape[1] !== snippetDim))
    throw new ShapeError("t2s conditioner", `rows to snap to must be [M,${snippetDim}]`, [snap.shape]);

  return {
    name: "t2s",
    snippetDim,
    output: "snippet",
    feeds: (n) => ({ text: f32(n, textDim) }),
    init: (rng) => ({
      ...prompts?.init(rng),
      ...textToSnippetInit(rng, { textDim: prompts?.dim ?? textDim, hidden, snippetDim }),
    }),
    parse: (input) => parseTextRequest(input, textDim),
    async resolve(noise, request) {
      const n = noise.shape[0] ?? 0;
      const checked = parseTextRequest(request, textDim);
      if (checked === undefined) return { text: nullTexts(n, textDim) };
      const rows = "vectors" in checked ? checked.vectors : await encoded(checked.text, { textEncoder, textDim });
      return { text: repeated(rows, n) };
    },
    async batch({ texts }) {
      if (!texts)
        throw new GMemError("DATA", "t2s: training needs texts, got a batch without; use a dataset with captions");
      if (texts.shape[1] !== textDim)
        throw new ShapeError("t2s", `a batch's texts must be [N,${textDim}]`, [texts.shape]);
      checkFinite({ texts }, { where: "t2s: batch", remedy: "encode the captions again" });
      return { text: texts };
    },
    snippet(p, { text }) {
      if (!text) throw new GMemError("GRAPH", 't2s: needs the feed "text", got none');
      const s = textToSnippet(p, prompts ? mean(prompts.read(p, text), { axes: [1] }) : text, gain); // [N,D] → [N,d]
      return snap ? snapped(s, constant(snap)) : s;
    },
    ...(prompts && { nullFeeds: (n: number) => ({ text: nullTexts(n, textDim) }) }), // whose place the null prompt takes
  };
}

/** The row of M [M,d] with the largest cosine to each of s [N,d]; zero rows stay zero. */
function snapped(s: Tensor, rows: Tensor): Tensor {
  const nearest = gather(rows, argMax(s.matmul(rows, { transposeB: true }))); // [N,d]
  return where(greater(sumSquare(s, { axes: [-1], keepDims: true }), 0), nearest, scalar(0));
}

interface Reader {
  readonly textEncoder: TextEncoder | undefined;
  readonly textDim: number;
}

/** Vectors of texts [N,textDim]; empty ones are null texts, which encoders need not take. */
async function encoded(text: string | readonly string[], { textEncoder, textDim }: Reader): Promise<NDArray<"f32">> {
  const all = typeof text === "string" ? [text] : text;
  const said = all.filter((one) => one.trim() !== "");
  const result = nullTexts(all.length, textDim);
  if (said.length === 0) return result;
  if (!textEncoder)
    throw new GMemError(
      "CONFIG",
      "t2s: needs a text encoder to read texts, got none; give { textEncoder }, or vectors of one",
    );
  const vectors = await textEncoder.encode(said);
  if (vectors.shape[0] !== said.length || vectors.shape[1] !== textDim)
    throw new ShapeError("t2s", `${textEncoder.name} must give [${said.length},${textDim}]`, [vectors.shape]);
  const row = (i: number): string => JSON.stringify(said[i]?.slice(0, 40));
  checkFinite({ vector: vectors }, { where: `t2s: ${textEncoder.name}`, remedy: "load other weights of it", row });
  let next = 0;
  for (const [i, one] of all.entries())
    if (one.trim() !== "") result.data.set(takeRows(vectors, [next++]).data, i * textDim);
  return result;
}

const nullTexts = (n: number, textDim: number): NDArray<"f32"> => ({
  dtype: "f32",
  shape: [n, textDim],
  data: new Float32Array(n * textDim),
});

/** One row serves all n samples. @throws {ShapeError} for another number of rows. */
function repeated(rows: NDArray<"f32">, n: number): NDArray<"f32"> {
  const [count = 0] = rows.shape;
  if (count === n) return rows;
  if (count !== 1) throw new ShapeError("t2s", `a request needs 1 or ${n} texts`, [rows.shape]);
  return takeRows(rows, new Int32Array(n));
}

function width(value: number | undefined, name: string): number {
  if (value !== undefined && Number.isInteger(value) && value > 0) return value;
  throw new GMemError("CONFIG", `t2s conditioner: needs { ${name} }, got ${value ?? "none"}`);
}
