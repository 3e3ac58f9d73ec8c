import { fileURLToPath } from "node:url";
import { sit } from "@gmem/backbones/sit";
import { conditioner as bankConditioner, build } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import type { Objective, TextEncoder, VelocityModel } from "@gmem/spec";
import {
  array,
  evaluate,
  grad,
  isGMemError,
  key,
  type Named,
  type NDArray,
  prefixed,
  type Tensor,
  trace,
  withoutPrefix,
  zeros,
} from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import "@gmem/testing";
import { conditioner, contrastive, snippetRegression, textToSnippet } from "./index.ts";

const backbone = sit({ latent: [1, 4, 4], patchSize: 2, depth: 1, hiddenSize: 8, heads: 2 });
const modelOf = (source: VelocityModel["conditioner"]): VelocityModel =>
  velocityModel({ backbone, conditioner: source });

describe("beside PyTorch", () => {
  let reference: Named<NDArray>;
  let p: Named<NDArray>;
  beforeAll(async () => {
    const file = fileURLToPath(new URL("../test/fixtures/t2s.safetensors", import.meta.url));
    reference = (await readSafetensors(file)).tensors;
    p = withoutPrefix("p/", reference);
  });
  const given = (name: string): NDArray<"f32"> => reference[name] as NDArray<"f32">;

  it("texts become the same unit snippets, and the null text the zero snippet", () => {
    const graph = trace({ feeds: { text: given("in/text") }, state: p }, ({ feeds, state }) => ({
      fetches: { s: textToSnippet(state, feeds.text) },
    }));
    const { s } = evaluate(graph, { text: given("in/text") }, p).fetches as { s: NDArray<"f32"> };
    expect(s).toBeAllclose(given("out/snippets"), { atol: 1e-6 });
    expect(Array.from(s.data.subarray(8, 12))).toEqual([0, 0, 0, 0]);
  });

  it("with a gain, texts become the snippets of texts that are that much longer", () => {
    const snippets = (scale: number, gain?: number): NDArray => {
      const c = conditioner({ textDim: 7, hidden: 5, snippetDim: 4, ...(gain !== undefined && { gain }) });
      const text = array(
        given("in/text").data.map((value) => scale * value),
        [6, 7],
      );
      const graph = trace({ feeds: c.feeds(6), state: p }, ({ feeds, state }) => ({
        fetches: { s: c.snippet?.(state, feeds) as Tensor },
      }));
      return evaluate(graph, { text }, p).fetches.s as NDArray;
    };
    expect(snippets(1, 4)).toEqual(snippets(4));
    expect(snippets(1, 4)).not.toEqual(snippets(1));
    expect(() => conditioner({ textDim: 7, snippetDim: 4, gain: 0 })).toThrow(/gain must be positive, got 0/);
  });

  it.each([
    ["regression", snippetRegression()],
    ["regression-lambda", snippetRegression({ lambda: 0.3 })],
    ["contrastive", contrastive()],
  ] as const)("%s has the same loss and the same gradients", async (name, objective: Objective) => {
    const model = modelOf(conditioner({ textDim: 7, hidden: 5, snippetDim: 4 }));
    const batch = { index: new Int32Array(6), texts: given("in/text"), snippets: given("in/target") };
    const drawn = objective.draw(model, batch, key(0));
    const feeds = { ...drawn, ...(await model.conditioner.batch(batch, key(0))) };
    const graph = trace(
      { feeds: { ...objective.feeds(model, 6), ...model.conditioner.feeds(6) }, state: p },
      (inputs) => {
        const { loss, perSample } = objective.loss(model, inputs.state, inputs.feeds);
        return { fetches: { loss, perSample, ...prefixed("grad/", grad(loss, inputs.state)) } };
      },
    );
    const { loss, perSample, ...grads } = evaluate(graph, feeds, p).fetches as Named<NDArray>;
    expect(loss).toBeAllclose(given(`out/${name}`), { rtol: 1e-5, atol: 1e-6 });
    expect(perSample?.data[2]).toBeCloseTo(0, 9); // the null text
    for (const [parameter, found] of Object.entries(withoutPrefix("grad/", grads)))
      expect(found).toBeAllclose(given(`grad/${name}/${parameter}`), { rtol: 1e-4, atol: 1e-6 });
  });
});

describe("the swap of a bank for texts", () => {
  it("leaves S-Adapter and network as they are, to the byte", () => {
    const bank = build(key(1).normal([10, 4]));
    const [before, after] = [
      modelOf(bankConditioner({ bank }) as never).init(key(3)),
      modelOf(conditioner({ bank, textDim: 7 }) as never).init(key(3)),
    ];
    const names = Object.keys(before);
    expect(names.some((name) => name.startsWith("condition_projection."))).toBe(true);
    for (const name of names)
      expect(Buffer.from(after[name]?.data.buffer as ArrayBuffer)).toEqual(
        Buffer.from(before[name]?.data.buffer as ArrayBuffer),
      );
    expect(Object.keys(after).filter((name) => !names.includes(name))).toEqual([
      "t2s.0.weight",
      "t2s.0.bias",
      "t2s.2.weight",
      "t2s.2.bias",
    ]);
  });

  it("gives the null text the embedding of the null snippet, which guidance compares with", () => {
    const model = modelOf(conditioner({ textDim: 7, snippetDim: 4 }) as never);
    const p = model.init(key(3));
    const graph = trace({ feeds: { text: zeros([2, 7]) }, state: p }, ({ feeds, state }) => ({
      fetches: { c: model.condition(state, feeds), none: model.nullCondition(state, 2) },
    }));
    const { c, none } = evaluate(graph, { text: zeros([2, 7]) }, p).fetches;
    expect(c).toEqual(none);
  });
});

describe("snapping", () => {
  it("takes the row with the largest cosine, and leaves the null text alone", () => {
    const rows = array([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0], [4, 3]);
    const [plain, snap] = [
      conditioner({ textDim: 5, snippetDim: 3 }),
      conditioner({ textDim: 5, snippetDim: 3, snap: rows }),
    ];
    const p = plain.init(key(1));
    const text = key(2).normal([40, 5]);
    text.data.fill(0, 0, 5);
    const graph = trace({ feeds: { text }, state: p }, ({ feeds, state }) => ({
      fetches: { s: plain.snippet(state, feeds), snapped: snap.snippet(state, feeds) },
    }));
    const { s, snapped } = evaluate(graph, { text }, p).fetches as Record<"s" | "snapped", NDArray>;
    expect(Array.from(snapped.data.subarray(0, 3))).toEqual([0, 0, 0]);
    for (let i = 1; i < 40; i++) {
      const [x, y] = [s.data[3 * i] as number, s.data[3 * i + 1] as number];
      const axis = Math.abs(x) > Math.abs(y) ? [Math.sign(x), 0] : [0, Math.sign(y)];
      expect(Array.from(snapped.data.subarray(3 * i, 3 * i + 2)).map((v) => v + 0)).toEqual(axis);
    }
  });
});

describe("texts that are not as they should be", () => {
  const latents = key(4).normal([2, 1, 4, 4]);
  const index = Int32Array.of(0, 1);
  const encoderOf = (encode: TextEncoder["encode"]): TextEncoder => ({
    name: "mine",
    id: "mine",
    dim: 3,
    tokens: () => expect.fail("whole texts only"),
    encode,
  });

  it("are refused in training: none, of another width, not finite", async () => {
    const c = conditioner({ textDim: 3, snippetDim: 4 });
    await expect(c.batch({ index, latents }, key(0))).rejects.toMatchObject({ code: "DATA" });
    await expect(c.batch({ index, latents, texts: zeros([2, 5]) }, key(0))).rejects.toMatchObject({ code: "SHAPE" });
    const texts = array([0, 0, 0, 0, Number.NaN, 0], [2, 3]);
    await expect(c.batch({ index, latents, texts }, key(0))).rejects.toThrow(
      /texts must be finite.*got NaN at \[1,1\]/,
    );
  });

  it("are refused when drawing: no encoder, an encoder of another width, a vector that is not finite", async () => {
    const { resolve } = conditioner({ textDim: 3, snippetDim: 4 });
    await expect(resolve(latents, { text: "a dog" })).rejects.toThrow(/needs a text encoder/);
    expect(() => conditioner({ textDim: 4, snippetDim: 4, textEncoder: encoderOf(async () => zeros([1, 3])) })).toThrow(
      /vectors must be 4 wide, got 3 from mine/,
    );
    const broken = conditioner({
      snippetDim: 4,
      textEncoder: encoderOf(async () => array([0, Number.NaN, 0], [1, 3])),
    });
    await expect(broken.resolve(latents, { text: "a dog" })).rejects.toThrow(/mine: vector of "a dog" must be finite/);
    const narrow = conditioner({ snippetDim: 4, textEncoder: encoderOf(async () => zeros([1, 2])) });
    await expect(narrow.resolve(latents, { text: "a dog" })).rejects.toMatchObject({ code: "SHAPE" });
    await expect(resolve(latents, { vectors: zeros([3, 3]) })).rejects.toThrow(/1 or 2 texts/);
    const bad = array([Number.POSITIVE_INFINITY, 0, 0], [1, 3]);
    await expect(resolve(latents, { vectors: bad })).rejects.toMatchObject({ code: "NON_FINITE" });
  });

  it("may be empty: the encoder never sees them, and they are the null text", async () => {
    const seen: string[] = [];
    const textEncoder = encoderOf(async (texts) => {
      seen.push(...texts);
      return array(
        texts.flatMap((text) => [text.length, 1, 1]),
        [texts.length, 3],
      );
    });
    const c = conditioner({ snippetDim: 4, textEncoder });
    const { text } = await c.resolve(latents, c.parse({ text: [" ", "dog"] }));
    expect(Array.from(text?.data ?? [])).toEqual([0, 0, 0, 3, 1, 1]);
    expect(seen).toEqual(["dog"]);
    expect((await c.resolve(latents, undefined)).text).toEqual(zeros([2, 3]));
    const long = "word ".repeat(10_000);
    expect((await c.resolve(latents, c.parse({ text: long }))).text?.data[0]).toBe(long.length); // the encoder's to cut
  });

  it("need widths", () => {
    for (const options of [{ textDim: 3 }, { snippetDim: 3 }, { textDim: 0, snippetDim: 3 }])
      expect(() => conditioner(options)).toThrow(/t2s conditioner: needs/);
    expect(() => conditioner({ textDim: 3, snippetDim: 4, snap: zeros([2, 3]) })).toThrow(/\[M,4\]/);
    expect(() => contrastive({ temperature: 0 })).toThrow(/temperature/);
    expect(() => snippetRegression({ lambda: -1 })).toThrow(/lambda/);
    const drawing = () =>
      snippetRegression().draw(modelOf(conditioner({ textDim: 3, snippetDim: 4 }) as never), { index }, key(0));
    try {
      drawing();
      expect.fail("a batch without snippets is refused");
    } catch (error) {
      expect(isGMemError(error, "DATA")).toBe(true);
    }
  });
});
