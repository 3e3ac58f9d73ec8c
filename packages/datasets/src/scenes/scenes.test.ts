import { describe, expect, it } from "vitest";
import { caption, checkScene, colourNames, type SceneLayout, scenes, shapeNames } from "./index.ts";

describe("scenes", () => {
  it("gives the same scene at an index in any order and for any count", async () => {
    const short = scenes({ count: 10, seed: 3, layout: "free" });
    const long = scenes({ count: 100, seed: 3, layout: "free" });
    const later = await long.at(9);
    await long.at(2);
    expect(await short.at(9)).toEqual(later);
    expect((await scenes({ count: 10, seed: 4, layout: "free" }).at(9)).image.data).not.toEqual(later.image.data);
  });

  it("stays in [0, 1] and says each main object in the caption", async () => {
    for (const layout of ["centred", "free"] as const) {
      const data = scenes({ count: 40, size: 24, layout });
      for (let i = 0; i < 40; i++) {
        const { image, scene, caption: words, label } = await data.at(i);
        expect(image.shape).toEqual([3, 24, 24]);
        expect(image.data.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(words).toBe(caption(scene));
        for (const [at, { colour, shape }] of scene.objects.entries())
          expect(words).toContain(`${colour} ${layout === "centred" && at > 0 ? "object" : shape}`);
        expect(shapeNames[label]).toBe(scene.objects[0].shape);
        expect(data.labels[i]).toBe(label);
      }
    }
  });

  it("draws every shape, colour, ground and number of objects", async () => {
    const data = scenes({ count: 300, layout: "free", size: 32 });
    const seen = new Set<string>();
    for (let i = 0; i < data.length; i++) {
      const { scene } = await data.at(i);
      seen.add(scene.ground.kind).add(`${scene.objects.length} objects`);
      for (const object of scene.objects) seen.add(object.shape).add(object.colour);
    }
    expect(seen.size).toBe(3 + 3 + shapeNames.length + colourNames.length);
  });

  it("puts a second object into about half of the centred scenes", async () => {
    const data = scenes({ count: 400 });
    let pairs = 0;
    for (let i = 0; i < data.length; i++) pairs += (await data.at(i)).scene.objects.length - 1;
    expect(pairs / data.length).toBeGreaterThan(0.4);
    expect(pairs / data.length).toBeLessThan(0.6);
  });

  it("refuses counts, sizes and indices that cannot be", async () => {
    expect(() => scenes({ count: -1 })).toThrow(/count must be/);
    expect(() => scenes({ count: 1, size: 4 })).toThrow(/size must be/);
    await expect(scenes({ count: 3 }).at(3)).rejects.toThrow(/index must be 0…2, got 3/);
  });
});

describe("checkScene", () => {
  it.each<[SceneLayout, number]>([
    ["centred", 16],
    ["free", 16],
    ["centred", 32],
    ["free", 32],
  ])("reads shape and colour of the main object of %s scenes at %i px in 99 of 100", async (layout, size) => {
    const data = scenes({ count: 100, layout, size, seed: 5 });
    let right = 0;
    for (let i = 0; i < data.length; i++) {
      const { image, scene } = await data.at(i);
      const seen = checkScene(image);
      if (seen.shape === scene.objects[0].shape && seen.colour === scene.objects[0].colour && seen.iou > 0.85) right++;
    }
    expect(right).toBeGreaterThanOrEqual(99);
  });

  it("lists the objects of free scenes one by one", async () => {
    const data = scenes({ count: 60, layout: "free", size: 32, seed: 2 });
    let right = 0;
    for (let i = 0; i < data.length; i++) {
      const { image, scene } = await data.at(i);
      const name = (object: { colour: string; shape: string }): string => `${object.colour} ${object.shape}`;
      if (checkScene(image).objects.map(name).sort().join() === scene.objects.map(name).sort().join()) right++;
    }
    expect(right / data.length).toBeGreaterThanOrEqual(0.95);
  });

  it("recognises nothing on bare ground, in noise and in a ragged blob", () => {
    const grey = new Float32Array(3 * 256).fill(0.5);
    expect(checkScene({ dtype: "f32", shape: [3, 16, 16], data: grey })).toMatchObject({
      recognised: false,
      colour: undefined,
      iou: 0,
    });
    const line = grey.slice();
    for (let i = 2; i < 14; i++) line[16 * i + i] = 1; // a thin red diagonal
    expect(checkScene({ dtype: "f32", shape: [3, 16, 16], data: line })).toMatchObject({
      recognised: false,
      colour: "red",
      shape: undefined,
    });
    expect(
      checkScene({ dtype: "f32", shape: [3, 16, 16], data: new Float32Array(768).fill(Number.NaN) }).recognised,
    ).toBe(false);
  });

  it("refuses what is no image", () => {
    expect(() => checkScene({ dtype: "f32", shape: [1, 3, 4, 4], data: new Float32Array(48) })).toThrow(
      /needs an image \[3,H,W\]/,
    );
  });
});
