import { testDataset } from "@gmem/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type Drawings, drawings, splitDrawings } from "./index.ts";
import { peerFiles } from "./read-peers.ts";

testDataset("drawings", () => drawings({ sets: ["fluent-emoji-high-contrast"], size: 8 }));
testDataset("drawings by style", () => drawings({ sets: ["fluent-emoji-high-contrast"], size: 9, labels: "styles" }));

let data: Drawings;
beforeAll(async () => {
  data = await drawings({ size: 16 });
});

const rowOf = (id: string): number => {
  const [style = "", concept = ""] = id.split("/");
  const wanted = data.concepts.findIndex(({ name }) => name === concept);
  return data.conceptOf.findIndex((at, row) => at === wanted && data.styles[data.styleOf[row] as number] === style);
};

describe("drawings", () => {
  it("are of four sets that are free to use, each concept in those that have it, named with licence and author", () => {
    expect(data.styles).toEqual(["noto", "fluent-emoji-flat", "fluent-emoji-high-contrast", "noto-v1"]);
    expect(data.credits.map(({ licence }) => licence)).toEqual(["Apache-2.0", "MIT", "MIT", "Apache-2.0"]);
    for (const { version, author, url } of data.credits) expect([version, author, url].every(Boolean)).toBe(true);
    const counts = data.styles.map((_, style) => data.styleOf.filter((at) => at === style).length);
    expect(counts.map((count) => Math.round(count / 100))).toEqual([14, 13, 13, 10]);
    expect(new Set(data.concepts.map(({ group }) => group)).size).toBe(8);
    expect(data.classes[data.labels[rowOf("noto/red-heart")] as number]).toBe("red-heart");
  });

  it("have several captions: a name, its style, words that go with it, its group", async () => {
    expect(await data.captionsAt(rowOf("fluent-emoji-flat/red-heart"))).toEqual([
      "red heart",
      "red heart, flat drawing",
      "red heart, love, like, valentines",
      "love, like, valentines",
      "red heart, smileys and emotion",
    ]);
  });

  it("leave out flags, gendered people, keycaps, clocks and buttons of words, and keep signs, people and hands", () => {
    const names = new Set(data.concepts.map(({ name }) => name));
    const left = [
      "flag-france",
      "chequered-flag",
      "man-farmer",
      "mermaid",
      "keycap-1",
      "two-o-clock",
      "ok-button",
      "top-arrow",
    ];
    expect(left.filter((name) => names.has(name))).toEqual([]);
    const kept = ["farmer", "merperson", "clapping-hands", "play-button", "red-circle", "alarm-clock", "right-arrow"];
    expect(kept.filter((name) => !names.has(name))).toEqual([]);
  });

  it("show what they are called, on white, in the colours of the name", async () => {
    const mean = async (id: string): Promise<number[]> => {
      const { image } = await data.at(rowOf(id));
      return [0, 1, 2].map((channel) => {
        const plane = image.data.subarray(256 * channel, 256 * (channel + 1));
        return plane.reduce((sum, value) => sum + value, 0) / 256;
      });
    };
    for (const style of data.styles.filter((name) => !/contrast/.test(name))) {
      const [red = 0, green = 0, blue = 0] = await mean(`${style}/red-heart`);
      expect([style, red > green + 0.1, red > blue + 0.1]).toEqual([style, true, true]);
    }
    const [r = 0, g = 0, b = 0] = await mean("fluent-emoji-high-contrast/red-heart");
    expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(0.01);
    const { image } = await data.at(rowOf("noto/red-heart"));
    expect([image.data[0], image.data[255]]).toEqual([1, 1]);
  });

  it("turn an icon that another one names as its mirror image", async () => {
    const at = async (side: string) =>
      (await data.at(rowOf(`fluent-emoji-flat/backhand-index-pointing-${side}`))).image.data;
    const [left, right] = [await at("left"), await at("right")];
    const apart = right.reduce((most, value, i) => {
      const mirror = left[Math.floor(i / 16) * 16 + 15 - (i % 16)] as number;
      return Math.max(most, Math.abs(value - mirror));
    }, 0);
    expect(apart).toBeLessThan(0.03);
    expect(left).not.toEqual(right);
  });

  it("say which packages to install, and which sets there are", async () => {
    await expect(drawings({ sets: ["openmoji", "twemoji"] })).rejects.toThrow(
      /needs @iconify-json\/openmoji, @iconify-json\/twemoji, which are not installed; run `npm install @iconify-json\/openmoji @icon/,
    );
    expect(() => peerFiles(["nowhere-to-be-found/x.json"])).toThrow(/run `npm install nowhere-to-be-found`/);
    await expect(drawings({ sets: ["notto"] })).rejects.toThrow(/got "notto".*noto/);
    await expect(drawings({ sets: [] })).rejects.toMatchObject({ code: "CONFIG" });
    await expect(drawings({ size: 2.5 })).rejects.toThrow(/size must be/);
    await expect(drawings({ background: "white" })).rejects.toThrow(/a colour such as #ffffff/);
  });
});

describe("splitDrawings", () => {
  it("holds out pairs and concepts by name, whatever the sets, and every drawing is in one part", async () => {
    const { train, heldOutPairs, heldOutConcepts } = splitDrawings(data, { seed: 0 });
    const all = [...train, ...heldOutPairs, ...heldOutConcepts].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: data.length }, (_, row) => row));
    const conceptsOf = (rows: Int32Array): Set<number> =>
      new Set(Array.from(rows, (row) => data.conceptOf[row] as number));
    const [trained, unseen] = [conceptsOf(train), conceptsOf(heldOutConcepts)];
    expect([...unseen].filter((concept) => trained.has(concept))).toEqual([]);
    expect([...conceptsOf(heldOutPairs)].filter((concept) => !trained.has(concept))).toEqual([]);
    expect(heldOutPairs.length / (data.length - heldOutConcepts.length)).toBeCloseTo(0.1, 1);
    expect(unseen.size / data.concepts.length).toBeCloseTo(0.07, 1);
    const alone = await drawings({ sets: ["noto-v1"], size: 8 });
    const names = (of: Drawings, rows: Int32Array) =>
      Array.from(rows, (row) => of.concepts[of.conceptOf[row] as number]?.name);
    const own = splitDrawings(alone, { seed: 0 });
    expect(names(data, heldOutConcepts)).toEqual(expect.arrayContaining(names(alone, own.heldOutConcepts)));
    expect(own.heldOutPairs.length).toBe(0); // of one style, a pair is the whole concept
    expect(splitDrawings(data, { seed: 1 }).heldOutConcepts).not.toEqual(heldOutConcepts);
    expect(() => splitDrawings(data, { seed: 0, pairs: 1 })).toThrow(/shares must be/);
  });
});
