import { describe, expect, it } from "vitest";
import { isHeldOutPair, isHeldOutPlace, showsHeldOut } from "./combinations.ts";
import {
  colourNames,
  heldOutPrompts,
  judgePrompt,
  parsePrompt,
  renderScene,
  type Scene,
  scenes,
  shapeNames,
} from "./index.ts";
import { placeNames } from "./say-object.ts";

const scene: Scene = {
  size: 32,
  layout: "free",
  ground: { kind: "plain", from: [0.5, 0.5, 0.5], to: [0.5, 0.5, 0.5], angle: 0, period: 8 },
  objects: [
    { shape: "circle", colour: "red", x: 8, y: 16, radius: 7 },
    { shape: "square", colour: "blue", x: 26, y: 15, radius: 4 },
    { shape: "circle", colour: "red", x: 27, y: 27, radius: 4 },
  ],
};

describe("captions of scenes", () => {
  it("are several, true of the picture, the same each time, and begin with the one that says all", async () => {
    const data = scenes({ count: 10, layout: "free", size: 24, seed: 8 });
    const said = new Set<string>();
    for (let i = 0; i < data.length; i++) {
      const { image, caption, captions } = await data.at(i);
      expect(captions[0]).toBe(caption);
      expect(captions.length).toBeGreaterThanOrEqual(5);
      expect(await data.captionsAt?.(i)).toEqual(captions);
      for (const words of captions.slice(0, 1)) expect(judgePrompt(words, image).carried, words).toBe(true);
      for (const words of captions) {
        const { phrases, relations, ground } = parsePrompt(words);
        if (relations.length > 0) said.add("relation");
        if (ground) said.add("ground");
        for (const { size, place, count } of phrases) said.add(size ? "size" : place ? "place" : `${count}`);
      }
    }
    expect([...said].sort()).toEqual(["1", "2", "ground", "place", "relation", "size"]);
    for (const words of (await scenes({ count: 1 }).at(0)).captions) parsePrompt(words);
  });
});

describe("parsePrompt", () => {
  it("reads numbers, sizes, colours, shapes, places, relations and grounds, however they are typed", () => {
    expect(parsePrompt("  Two small red  crosses at the top left, and an object on a striped background.")).toEqual({
      phrases: [
        { count: 2, exactly: true, size: "small", colour: "red", shape: "cross", place: "top left" },
        { count: 1, exactly: false },
      ],
      relations: [],
      ground: "striped",
    });
    expect(parsePrompt("a circle is to the left of a square and one triangle")).toEqual({
      phrases: [
        { count: 1, exactly: false, shape: "circle" },
        { count: 1, exactly: false, shape: "square" },
        { count: 1, exactly: true, shape: "triangle" },
      ],
      relations: [{ subject: 0, relation: "left of", object: 1 }],
    });
  });

  it("names the words that it does not know, code INVALID_REQUEST", () => {
    for (const words of [
      "a pink circle",
      "two red circle",
      "a red circles",
      "",
      "a red circle under a cross",
      "\0".repeat(9),
    ])
      expect(() => parsePrompt(words)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
    expect(() => parsePrompt("a red circle and a dog")).toThrow(
      /got "a dog" in "a red circle and a dog"; shapes are circle/,
    );
    expect(() => parsePrompt("a red circle and ".repeat(10_000))).toThrow(/must name objects/);
  });
});

describe("judgePrompt", () => {
  const image = renderScene(scene);
  const carried = (prompt: string): boolean => judgePrompt(prompt, image).carried;

  it("asks every object for everything at once, and objects of their own", () => {
    expect(["a red circle", "a large red circle at the left", "a small red circle"].map(carried)).toEqual([
      true,
      true,
      true,
    ]);
    expect(["a red square", "a large blue square", "a green cross"].map(carried)).toEqual([false, false, false]);
    expect(["a blue square and a blue square", "a red circle and a red circle"].map(carried)).toEqual([false, true]);
    expect(["two circles", "one circle", "three circles", "two red objects", "three objects"].map(carried)).toEqual([
      ...[true, false, false, true, true],
    ]);
    expect(
      [
        "a circle left of a square",
        "a square left of a circle",
        "a circle below a square",
        "a square above a large circle",
      ].map(carried),
    ).toEqual([true, false, true, false]);
    expect(carried("a small circle left of a square")).toBe(false); // the other circle is
  });

  it("says which of the requirements and tasks are met", () => {
    const { requirements, tasks } = judgePrompt("a blue circle left of a blue square", image);
    expect(requirements.filter(({ met }) => !met).map(({ kind, says }) => `${kind}: ${says}`)).toEqual([
      "object: a blue circle",
      "relation: a blue circle left of a blue square",
    ]);
    expect(tasks).toEqual({ "two objects": true, "colour attribution": false, position: false });
    expect(judgePrompt("a blue circle", image).tasks).toEqual({ "single object": true, colours: false });
    expect(judgePrompt("three circles", image).tasks).toEqual({ counting: false });
  });
});

describe("held-out combinations", () => {
  it("leave every shape in every colour and at every place, and every colour at every place", () => {
    const seen = new Set<string>();
    let out = 0;
    for (const shape of shapeNames)
      for (const colour of colourNames)
        for (const place of placeNames) {
          if (isHeldOutPlace({ shape, colour }, place)) out++;
          else seen.add(`${shape} ${colour}`).add(`${shape} ${place}`).add(`${colour} ${place}`);
        }
    expect([out, seen.size]).toEqual([36, 24 + 36 + 54]);
    const [a, b] = [{ shape: "circle", colour: "red" } as const, { shape: "cross", colour: "yellow" } as const];
    expect([isHeldOutPair(a, b), isHeldOutPair(b, a)]).toEqual([true, true]);
  });

  it("are in no training scene that is asked for without them, while its geometry stays", async () => {
    for (const layout of ["free", "centred"] as const) {
      const [all, seen] = (["all", "seen"] as const).map((combinations) => scenes({ count: 60, layout, combinations }));
      let changed = 0;
      for (let i = 0; i < 60; i++) {
        const [before, after] = [(await all?.at(i))?.scene, (await seen?.at(i))?.scene] as [Scene, Scene];
        expect(showsHeldOut(after)).toBe(false);
        if (showsHeldOut(before)) changed++;
        else expect(after).toEqual(before);
        expect(after.objects.map(({ colour: _, ...place }) => place)).toEqual(
          before.objects.map(({ colour: _, ...place }) => place),
        );
      }
      expect(changed).toBeGreaterThan(10);
    }
    expect(() => scenes({ count: 1, combinations: "some" as "seen" })).toThrow(/combinations must be/);
  });

  it("of centred scenes are coloured shapes in the middle, said in several ways, and real scenes carry them", async () => {
    const prompts = heldOutPrompts({ count: 24, layout: "centred" });
    const asked = new Set(prompts.map(({ scene: { objects } }) => `${objects[0].colour} ${objects[0].shape}`));
    expect(asked.size).toBe(4);
    expect(new Set(prompts.map(({ prompt }) => prompt)).size).toBeGreaterThan(8);
    for (const { prompt, scene } of prompts) expect(judgePrompt(prompt, renderScene(scene)).carried, prompt).toBe(true);
    const seen = scenes({ count: 60, combinations: "seen" });
    for (let i = 0; i < 60; i++) {
      const [{ colour, shape }] = (await seen.at(i)).scene.objects;
      expect(asked.has(`${colour} ${shape}`)).toBe(false);
    }
  });

  it("are what held-out prompts ask for; real scenes carry them (the ceiling), those of other prompts do not (chance)", () => {
    const prompts = heldOutPrompts({ count: 16, size: 24 });
    expect(heldOutPrompts({ count: 5, size: 24 })).toEqual(prompts.slice(0, 5));
    for (const { scene } of prompts) expect(showsHeldOut(scene)).toBe(true);
    const images = prompts.map(({ scene }) => renderScene(scene));
    const carried = (shift: number): number =>
      prompts.filter(
        ({ prompt }, i) => judgePrompt(prompt, images[(i + shift) % 16] as (typeof images)[number]).carried,
      ).length;
    expect([carried(0) >= 15, carried(7) <= 1]).toEqual([true, true]);
    expect(() => heldOutPrompts({ count: 0 })).toThrow(/count must be/);
  });
});
