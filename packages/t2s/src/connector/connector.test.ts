import { fileURLToPath } from "node:url";
import { linear } from "@gmem/nn";
import type { TextEncoder } from "@gmem/spec";
import {
  array,
  constant,
  evaluate,
  grad,
  key,
  type Named,
  type NDArray,
  prefixed,
  slice,
  sum,
  trace,
  withoutPrefix,
  zeros,
} from "@gmem/tensor";
import { testConditioner } from "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { captions, conditioner, connector, connectorInit, snippetRegression } from "../index.ts";

const sizes = { queries: 4, hiddenSize: 12, layers: 2, heads: 3, intermediateSize: 20 };

describe("beside the SigLIP layers of transformers", () => {
  let reference: Named<NDArray>;
  beforeAll(async () => {
    const file = fileURLToPath(new URL("../../test/fixtures/connector.safetensors", import.meta.url));
    reference = (await readSafetensors(file)).tensors;
  });

  it("queries read the same of the same tokens, with the same gradients, under OpenUni's names", () => {
    const p = withoutPrefix("p/", reference);
    expect(Object.keys(connectorInit(key(0), sizes)).sort()).toEqual(Object.keys(p).sort());
    const feeds = withoutPrefix("in/", reference) as Record<"tokens" | "mask" | "weight", NDArray>;
    const graph = trace({ feeds, state: p }, ({ feeds: { tokens, mask, weight }, state }) => {
      const y = connector(state, { tokens, mask }, sizes);
      return { fetches: { y, ...prefixed("grad/", grad(sum(y.mul(weight)), { ...state, tokens })) } };
    });
    const { y, ...grads } = evaluate(graph, feeds, p).fetches as Named<NDArray>;
    expect(y).toBeAllclose(reference["out/queries"] as NDArray, { atol: 1e-5 });
    expect(Object.keys(grads).length).toBe(2 * 16 + 2);
    for (const [name, found] of Object.entries(grads))
      expect(found, name).toBeAllclose(reference[name] as NDArray, { atol: 1e-4, rtol: 1e-4 });
  });
});

const length = 3;
const textDim = length * 13;
/** Each letter is a token; the null prompt is one token of ones. */
const textEncoder: TextEncoder & { readonly nullRow: NDArray<"f32"> } = {
  name: "letters",
  id: "letters",
  dim: textDim,
  tokens: () => expect.fail("rows are read"),
  encode: async (texts) =>
    array(
      texts.flatMap((text) => {
        const there = [...text].slice(0, length).map((letter) => key(letter.charCodeAt(0)).normal([12]).data);
        const none = Array.from({ length: length - there.length }, () => new Float32Array(12));
        return [...there, ...none].flatMap((token) => [...token]).concat([...there.map(() => 1), ...none.map(() => 0)]);
      }),
      [texts.length, textDim],
    ),
  nullRow: array(
    Array.from({ length: textDim }, (_, i) => (i < 12 || i === 36 ? 1 : 0)),
    [1, textDim],
  ),
};

testConditioner(
  "t2s with a connector",
  () => conditioner({ textEncoder, snippetDim: 4, hidden: 5, connector: sizes }),
  {
    batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]), texts: key(5).normal([2, textDim]) },
    requests: [{ text: "abc" }, { text: ["a", "bc"] }],
    refused: [{ text: 3 }, { vectors: [[1, 2]] }],
  },
);

testConditioner("captions", () => captions({ textEncoder, connector: sizes, contextDim: 6, hiddenSize: 8 }), {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]), texts: key(5).normal([2, textDim]) },
  requests: [{ text: "abc" }, { text: ["a", "bc"] }],
  refused: [{ text: 3 }, { vectors: [[1, 2]] }],
});

describe("captions of a network with cross-attention", () => {
  it("are the queries, each projected, of the null prompt where there is no text", () => {
    const c = captions({ textEncoder, connector: sizes, contextDim: 6, hiddenSize: 8 });
    const p = c.init(key(2));
    const feeds = { text: zeros([1, textDim]) };
    const graph = trace({ feeds, state: p }, ({ feeds: given, state }) => {
      const row = constant(textEncoder.nullRow);
      const context = { tokens: slice(row, 1, [0, 36]).reshape([1, 3, 12]), mask: slice(row, 1, [36, 39]) };
      const wanted = linear(state, "t2s.projector", connector(state, context, sizes)); // [1,4,6]
      return { fetches: { wanted, ...c.context?.(state, given), c: c.snippet(state, given) } };
    });
    const { wanted, tokens, mask, c: none } = evaluate(graph, feeds, p).fetches;
    expect(tokens).toEqual(wanted);
    expect([mask?.shape, none?.data]).toEqual([[1, 4], new Float32Array(8)]);
  });
});

/** Rows of two texts, their masks 0 and 1. */
const said = array(
  [1, 0].flatMap((second) => [...key(5 + second).normal([36]).data, 1, second, 0]),
  [2, textDim],
);
testConditioner("captions without a connector", () => captions({ textEncoder, contextDim: 12, hiddenSize: 8 }), {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]), texts: said },
  requests: [{ text: "abc" }, { text: ["a", "bc"] }],
  refused: [{ text: 3 }, { vectors: [[1, 2]] }],
});

describe("captions without a connector", () => {
  it("are the tokens of a prompt as they are, with their mask, and those of the null prompt where there is no text", async () => {
    const c = captions({ textEncoder, contextDim: 12, hiddenSize: 8 });
    expect(c.init(key(2))).toEqual({});
    const row = await textEncoder.encode(["ab"]);
    const text = array([...row.data, ...new Float32Array(textDim)], [2, textDim]);
    const graph = trace({ feeds: { text }, state: {} }, ({ feeds }) => ({ fetches: { ...c.context?.({}, feeds) } }));
    const { tokens, mask } = evaluate(graph, { text }, {}).fetches;
    expect(tokens).toEqual(
      array([...row.data.subarray(0, 36), ...textEncoder.nullRow.data.subarray(0, 36)], [2, 3, 12]),
    );
    expect(mask).toEqual(array([1, 1, 0, 1, 0, 0], [2, 3]));
    expect(() => captions({ textEncoder, contextDim: 11, hiddenSize: 8 })).toThrow(
      /captions: texts must be L tokens of 11/,
    );
    expect(() => captions({ textDim, contextDim: 12, hiddenSize: 8 })).toThrow(/captions: reads the null prompt/);
  });
});

describe("a conditioner with a connector", () => {
  const c = conditioner({ textEncoder, snippetDim: 4, connector: sizes });
  const p = c.init(key(1));
  const snippets = (text: NDArray): NDArray<"f32"> => {
    const graph = trace({ feeds: { text }, state: p }, ({ feeds, state }) => ({
      fetches: { s: c.snippet(state, feeds) },
    }));
    return evaluate(graph, { text }, p).fetches.s as NDArray<"f32">;
  };

  it("reads the null prompt in place of no text, a unit snippet and not zeros", () => {
    const none = snippets(zeros([1, textDim]));
    expect(none).toEqual(snippets(textEncoder.nullRow));
    expect(Math.hypot(...none.data)).toBeCloseTo(1, 5);
    expect(c.nullFeeds?.(2)).toEqual({ text: zeros([2, textDim]) });
  });

  it("does not read padding", async () => {
    const row = await textEncoder.encode(["ab"]);
    const dirty = { ...row, data: row.data.map((value, i) => (i >= 24 && i < 36 ? 7 : value)) };
    expect(snippets(dirty)).toEqual(snippets(row));
  });

  it("learns nothing by comparing the null text with a picture", () => {
    const model = { conditioner: c } as never;
    const batch = { index: new Int32Array(2), snippets: key(3).normal([2, 4]), texts: zeros([2, textDim]) };
    const objective = snippetRegression();
    const feeds = { ...objective.draw(model, batch, key(0)), text: batch.texts };
    const graph = trace({ feeds, state: p }, ({ feeds: given, state }) => ({
      fetches: { loss: objective.loss(model, state, given).loss },
    }));
    expect(evaluate(graph, feeds, p).fetches.loss?.data[0]).toBe(0);
  });

  it("refuses rows of another width, no null prompt, and heads that do not divide", () => {
    const base = { snippetDim: 4, connector: sizes };
    expect(() => conditioner({ ...base, textDim: 40, nullRow: zeros([1, 40]) })).toThrow(/L tokens of 12 and a mask/);
    expect(() => conditioner({ ...base, textDim })).toThrow(/reads the null prompt in place of no text, got none/);
    expect(() => conditioner({ ...base, textDim, nullRow: zeros([1, 3]) })).toThrow(/nullRow must be \[1,39\]/);
    expect(() => conditioner({ ...base, textEncoder, connector: { ...sizes, heads: 5 } })).toThrow(
      /5 heads must divide/,
    );
    expect(() => conditioner({ ...base, textEncoder, connector: { ...sizes, layers: 0 } })).toThrow(/layers must be/);
  });
});
