import { sana } from "@gmem/backbones/sana";
import { sit } from "@gmem/backbones/sit";
import type { Conditioner } from "@gmem/spec";
import {
  array,
  constant,
  evaluate,
  f32,
  full,
  key,
  type Named,
  type NDArray,
  type Tensor,
  trace,
  zeros,
} from "@gmem/tensor";
import { conditioner as unconditional } from "@gmem/unconditional";
import { describe, expect, it } from "vitest";
import "@gmem/testing";
import { conditioner } from "../test/given-conditioner.ts";
import { type AdapterConfig, captionAdapter, dataAtOne, objective, snippetMask, velocityModel } from "./index.ts";

const size = { latent: [1, 2, 2], patchSize: 1, depth: 1, hiddenSize: 8, heads: 2, adaLNInit: "xavier" } as const;
const backbone = sana({ ...size, crossHeads: 2, contextDim: 4 });
const captions = { kind: "captions", tokens: 2, hiddenSize: 5 } as const;
const modelOf = (adapter: AdapterConfig, source: Conditioner = conditioner, network = backbone) =>
  velocityModel({ backbone: network, conditioner: source, adapter });

/** Gives words [N,3,4] beside its snippets; of the null text, one. */
const words: Conditioner = {
  ...conditioner,
  name: "words",
  contextDim: 4,
  feeds: (n) => ({ ...conditioner.feeds(n), words: f32(n, 3, 4), said: f32(n, 3) }),
  nullFeeds: (n) => ({
    snippet: zeros([n, 3]),
    words: zeros([n, 3, 4]),
    said: array(
      Array.from({ length: 3 * n }, (_, i) => (i % 3 === 0 ? 1 : 0)),
      [n, 3],
    ),
  }),
  context: (_, feeds) => ({ tokens: feeds.words as Tensor, mask: feeds.said as Tensor }),
};

const n = 2;
const given = {
  x: key(1).normal([n, ...size.latent]),
  t: array([0.2, 0.9]),
  snippet: key(2).normal([n, 3]),
  words: key(3).normal([n, 3, 4]),
  said: array([1, 1, 0, 1, 1, 1], [n, 3]),
};
function compute(
  model: ReturnType<typeof velocityModel>,
  program: (p: Named<Tensor>, at: { readonly [K in keyof typeof given]: Tensor }) => Named<Tensor>,
): Named<NDArray> {
  const graph = trace({ feeds: given, state: model.avals() }, ({ feeds, state }) => ({
    fetches: program(state, feeds),
  }));
  return evaluate(graph, given, model.init(key(0))).fetches;
}

describe("a backbone that reads context tokens", () => {
  it.each([
    ["reads the caption that a snippet becomes, without a vector beside the time embedding", false],
    ["or with the S-Adapter's beside it", true],
  ])("%s", (_, time) => {
    const model = modelOf({ ...captions, gain: 3, time });
    const { v, own } = compute(model, (p, { x, t, snippet }) => {
      const adapter = captionAdapter({ ...captions, gain: 3 }, { from: 3, to: 4 });
      const at = (name: string) => p[`condition_projection.linear.${name}`] as Tensor;
      const c = time
        ? snippet.mul(3).matmul(at("weight"), { transposeB: true }).add(at("bias"))
        : constant(zeros([n, 8]));
      return {
        v: model.velocity(p, x, t, model.condition(p, { snippet })).velocity,
        own: backbone.apply(p, x, t, c, adapter.apply(p, snippet)).output,
      };
    });
    expect(v).toBeAllclose(own as NDArray, { atol: 1e-6 });
    expect(Object.keys(model.avals()).filter((name) => name.startsWith("condition_projection")).length).toBe(
      time ? 2 : 0,
    );
  });

  it("reads the words of a conditioner that has some, also with data at t = 1", () => {
    for (const [network, sign] of [
      [backbone, 1],
      [dataAtOne(backbone), -1],
    ] as const) {
      const model = modelOf({ kind: "linear" }, words, network as typeof backbone);
      const { v, own, none, empty } = compute(model, (p, { x, t, snippet, words: tokens, said: mask }) => {
        const row = model.condition(p, { snippet, words: tokens, said: mask }); // [2, 8 + 3·4 + 3]
        const e = (name: string) => p[`condition_projection.linear.${name}`] as Tensor;
        const c = snippet.matmul(e("weight"), { transposeB: true }).add(e("bias"));
        return {
          v: model.velocity(p, x, t, row).velocity,
          own: backbone.apply(p, x, sign === 1 ? t : t.mul(-1).add(1), c, { tokens, mask }).output.mul(sign),
          none: model.nullCondition(p, n),
          empty: model.condition(
            p,
            Object.fromEntries(
              Object.entries(words.nullFeeds?.(n) ?? {}).map(([name, value]) => [name, constant(value)]),
            ),
          ),
        };
      });
      expect(v).toBeAllclose(own as NDArray, { atol: 1e-6 });
      expect(none).toEqual(empty);
      expect(none?.shape).toEqual([n, 8 + 3 * 4 + 3]);
    }
  });

  it("has the zero snippet's caption as its null input", () => {
    const model = modelOf(captions);
    const { none, zero } = compute(model, (p) => ({
      none: model.nullCondition(p, n),
      zero: model.condition(p, { snippet: constant(zeros([n, 3])) }),
    }));
    expect(none).toEqual(zero);
  });

  it("refuses what would not be read, and what would leave nothing to read", () => {
    const other = sit(size);
    for (const [make, rule] of [
      [() => modelOf({ kind: "linear" }), /"sana" reads context tokens, got none from "given".*kind: "captions"/],
      [
        () => modelOf(captions, unconditional({ hiddenSize: 8 }) as Conditioner),
        /reads context tokens, got none from "unconditional"/,
      ],
      [
        () => modelOf(captions, conditioner, other as never),
        /"captions" makes context tokens, got "sit", which takes none/,
      ],
      [
        () => modelOf({ kind: "linear" }, words, other as never),
        /"words" gives context tokens.*"sit", which takes none/,
      ],
      [
        () => modelOf({ kind: "linear" }, { ...words, contextDim: 5 }),
        /context tokens must be 4 wide, got 5 from "words"/,
      ],
      [() => modelOf({ ...captions, tokens: 0 }), /tokens must be a whole number from 1, got 0/],
      [() => modelOf({ ...captions, gain: -1 }), /gain must be positive/],
      [
        () => objective({ mask: snippetMask({ place: "after" }) }).feeds(modelOf(captions), n),
        /a mask after the S-Adapter.*"sana"/,
      ],
    ] as const)
      expect(make).toThrow(expect.objectContaining({ code: "CONFIG", message: expect.stringMatching(rule) }));
  });

  it("trains the null caption where a sample is dropped", async () => {
    const model = modelOf(captions);
    const goal = objective({ nullProbability: 1, mask: snippetMask({ p: 0.5 }) });
    const batch = { index: new Int32Array(n), latents: given.x, snippets: given.snippet };
    const feeds = { ...goal.draw(model, batch, key(4)), snippet: given.snippet };
    const graph = trace(
      { feeds: { ...goal.feeds(model, n), ...conditioner.feeds(n) }, state: model.avals() },
      ({ feeds: at, state }) => ({ fetches: { loss: goal.loss(model, state, at).loss } }),
    );
    const loss = (snippet: NDArray) => evaluate(graph, { ...feeds, snippet }, model.init(key(0))).fetches.loss;
    expect(loss(given.snippet)).toEqual(loss(full([n, 3], 0)));
  });
});
