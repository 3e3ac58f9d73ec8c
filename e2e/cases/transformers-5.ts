import { readFile } from "node:fs/promises";
import { clipB32, clipTextEncoder } from "@gmem/encoders/clip";
import { dinov2, dinov2Features, dinov2S } from "@gmem/encoders/dinov2";
import { gemma, gemma2B } from "@gmem/encoders/gemma";
import { wordPieces as wordPiecesOf } from "@gmem/encoders/tokenizer";
import { array, concat, evaluate, type Named, type NDArray, trace } from "@gmem/tensor";
import { readNpz, readSafetensors } from "@gmem/weights";
import type { Case, Given } from "./case.ts";
import { close, demand } from "./expect.ts";

const weightsOf = async ({ file }: Given, name: string): Promise<Named<NDArray>> =>
  (await readSafetensors(file(`tr517-${name}.safetensors`))).tensors;

const values = (array: NDArray | undefined): readonly number[] => Array.from(array?.data ?? [], Number);

/** CLIP's text tower of two blocks, 16 wide. @returns width of its features */
async function clipText(given: Given, name: string, dim: number): Promise<string> {
  const text = { depth: 2, hiddenSize: 16, heads: 2, contextLength: 16, vocabulary: 64 };
  const encoder = clipTextEncoder({ ...clipB32, dim, text }, { weights: await weightsOf(given, name) });
  const features = await encoder.encode(array([1, 9, 8, 63, 1, 4, 63, 0], [2, 4], "i32"));
  demand(String(features.shape) === `2,${dim}`, `[2,${dim}]`, features.shape);
  demand(values(features).every(Number.isFinite), "finite numbers", values(features));
  return `features [${features.shape}]`;
}

async function gemmaText(given: Given): Promise<string> {
  const sizes = { depth: 2, hiddenSize: 16, heads: 2, keyValueHeads: 1, headDim: 8, feedForward: 64, vocabulary: 64 };
  const encoder = gemma({ ...gemma2B, ...sizes }, { weights: await weightsOf(given, "gemma") });
  const { ids, mask, last } = await readNpz(given.file("io-gemma.npz"));
  if (!ids || !mask || !last) throw new Error("io-gemma.npz must hold ids, mask and last");
  const hidden = await encoder.hidden(array(values(ids), ids.shape as [number, number], "i32"));
  const kept = (from: NDArray): readonly number[] =>
    values(from).filter((_, i) => Number(mask.data[Math.floor(i / 16)]) === 1);
  return close(array([...kept(hidden)], [kept(hidden).length]), kept(last), { atol: 1e-5 });
}

async function dinov2WithRegisters(given: Given): Promise<string> {
  const config = { ...dinov2S, depth: 2, hiddenSize: 16, heads: 2, registers: 4, positionGrid: 2 };
  const { parameters } = dinov2(config, { weights: await weightsOf(given, "dinov2-reg") }).network;
  const { x, last } = await readNpz(given.file("io-dinov2-reg.npz"));
  if (x?.dtype !== "f32") throw new Error("io-dinov2-reg.npz must hold x");
  const graph = trace({ feeds: { x }, state: parameters }, ({ feeds, state }) => {
    const { classToken, registers, patches } = dinov2Features(state, feeds.x, config);
    if (!registers) throw new Error("the network must have registers");
    return { fetches: { last: concat([classToken.reshape([2, 1, 16]), registers, patches], 1) } }; // [2,9,16]
  });
  return close(evaluate(graph, { x }, parameters).fetches.last, values(last), { shape: [2, 9, 16], atol: 1e-5 });
}

/** As word pieces are cut and filled up by the tokenizer's own file. */
async function wordPieces({ file }: Given): Promise<string> {
  const json = JSON.parse(await readFile(file("tok-wordpiece-trunc.json"), "utf8")) as object;
  const expected = JSON.parse(await readFile(file("tok-wordpiece-trunc.expected.json"), "utf8")) as readonly {
    readonly text: string;
    readonly ids: readonly number[];
  }[];
  const words = wordPiecesOf(json);
  for (const { text, ids } of expected) {
    const found = words.encode(text);
    demand(String(found) === String(ids), `${ids.join(" ")} for ${JSON.stringify(text)}`, found.join(" "));
  }
  return `${expected.length} texts`;
}

/** Networks and tokenizers as transformers 5 and tokenizers 0.23 write them. */
export const transformers5: readonly Case[] = [
  { row: "tr517-clip-text.safetensors", check: (given) => clipText(given, "clip-text", 16) },
  { row: "tr517-clip-text-proj.safetensors", check: (given) => clipText(given, "clip-text-proj", 12) },
  { row: "tr517-gemma.safetensors, io-gemma.npz", check: gemmaText },
  { row: "tr517-dinov2-reg.safetensors, io-dinov2-reg.npz", check: dinov2WithRegisters },
  { row: "tok-wordpiece-trunc.json", check: wordPieces },
];
