import "@gmem/testing";
import { array, f32, key, type NDArray, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { TensorsError } from "./check-tensors.ts";
import { matchWeights } from "./match-weights.ts";
import { joinBlocks } from "./row-blocks.ts";

const parameters = { "qkv.weight": f32(6, 2), "conv.weight": f32(3, 2, 1, 1), bias: f32(3) };
const whole = {
  bias: key(1).normal([3]),
  "conv.weight": key(2).normal([3, 2, 1, 1]),
  "qkv.weight": key(3).normal([6, 2]),
};
const { "qkv.weight": qkv, ...rest } = whole;
const blocks = Object.fromEntries(
  [2, 0, 1].map((i) => [`qkv.weight#${i}`, takeRows(qkv, [2 * i, 2 * i + 1])]),
) as Record<`qkv.weight#${0 | 1 | 2}`, NDArray<"f32">>;
const match = (tensors: Record<string, NDArray>, ignored?: RegExp) =>
  matchWeights(tensors, { where: "net", parameters, ...(ignored && { ignored }) });

describe("matchWeights", () => {
  it("hands tensors through in the order of the network, without what is ignored", () => {
    const matched = match({ ...whole, step: array([1]) }, /^(step|bias)$/);
    expect(Object.keys(matched)).toEqual(Object.keys(parameters));
    for (const [name, value] of Object.entries(whole)) expect(matched[name]).toBe(value);
  });

  it("refuses tensors that are not finite, by name, also where another type was converted", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const bias = array([0, dtype === "f64" ? 1e300 : Number.NaN, 0], [3], dtype); // 1e300 is infinite as float32
      expect(() => match({ ...whole, bias })).toThrow(
        expect.objectContaining({
          code: "NON_FINITE",
          message: expect.stringMatching(/^net: bias must be finite.*\[1\]$/),
        }),
      );
    }
  });

  it("joins query, key and value in their order, whatever the file's", () => {
    expect(match({ ...rest, ...blocks })).toEqual(match(whole));
    expect(joinBlocks({ ...rest, ...blocks })).toEqual(whole);
  });

  it("reads linear weights as 1 × 1 convolutions, and the other way round", () => {
    const flat = { ...whole, "conv.weight": { ...whole["conv.weight"], shape: [3, 2] } };
    expect(match(flat)).toEqual(match(whole));
    expect(match(flat)["conv.weight"]?.data).toBe(whole["conv.weight"].data);
    expect(match({ ...whole, "qkv.weight": { ...qkv, shape: [6, 2, 1, 1] } })).toEqual(match(whole));
  });

  it("converts f64 and i32, and names every tensor of another type", () => {
    const doubles = { ...whole, bias: array(Float64Array.from(whole.bias.data), [3], "f64") };
    expect(match(doubles)).toEqual(match(whole));
    const strange = { ...rest, ...blocks, bias: array([1, 0, 1], [3], "bool") };
    const half = array(new Uint16Array(4), [2, 2], "f16");
    expect(() => match({ ...strange, "qkv.weight#1": half })).toThrow(/got bias bool, qkv.weight f16; convert/);
  });

  it("lists all that is missing, unexpected and mis-shaped, blocks of rows among them", () => {
    const { "qkv.weight#1": _, ...two } = blocks;
    const wrong = { ...two, "conv.weight": key(2).normal([2, 3]), "stray#7": array([1]) };
    expect(() => match(wrong)).toThrow(TensorsError);
    expect(() => match(wrong)).toThrow(
      /net: .* 1 missing: bias; 1 unexpected: stray#7; 2 mis-shaped: qkv.weight \[4,2\] for \[6,2\], conv.weight \[2,3\] for/,
    );
    expect(() => match({ ...rest, ...blocks, "qkv.weight#0": key(4).normal([2, 5]) })).toThrow(
      /1 mis-shaped: qkv.weight \[6,5\] for \[6,2\]/,
    );
  });

  it("refuses query, key and value beside the tensor that holds the three", () => {
    expect(() => match({ ...whole, ...blocks })).toThrow(/"qkv.weight", got the three of them in one tensor besides/);
    expect(() => joinBlocks({ "a#0": array([1]) })).toThrow(/there for "a", got none for part 1/);
  });
});
