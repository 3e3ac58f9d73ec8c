import { describe, expect, it } from "vitest";
import { type Detection, judgeDetections } from "./judge-detections.ts";

const line = (tag: string, include: readonly object[], exclude: readonly object[] = []): string =>
  JSON.stringify({ tag, include, exclude, prompt: "a photo" });
const at = (name: string, [x, y]: readonly [number, number], others: Partial<Detection> = {}): Detection => ({
  class: name,
  score: 0.8,
  box: [x - 5, y - 5, x + 5, y + 5],
  ...others,
});

describe("what a detector saw", () => {
  it("has each class that is asked for, often enough and surely enough", () => {
    const two = line("two_object", [
      { class: "cup", count: 1 },
      { class: "dog", count: 1 },
    ]);
    const [cup, dog] = [at("cup", [0, 0]), at("dog", [50, 0])];
    expect(judgeDetections(two, [cup, dog])).toEqual({ correct: true, reasons: [] });
    expect(judgeDetections(two, [cup])).toEqual({ correct: false, reasons: ["dog must be there 1 times, got 0"] });
    expect(judgeDetections(two, [cup, { ...dog, score: 0.3 }]).correct).toBe(false);
    expect(judgeDetections(two, [cup, { ...dog, score: 0.31 }]).correct).toBe(true);
  });

  it("is counted above .9, and not more often than asked", () => {
    const three = line("counting", [{ class: "cup", count: 2 }], [{ class: "cup", count: 3 }]);
    const cups = (count: number, score: number) =>
      Array.from({ length: count }, (_, i) => at("cup", [20 * i, 0], { score }));
    expect(judgeDetections(three, cups(2, 0.95)).correct).toBe(true);
    expect(judgeDetections(three, cups(2, 0.9)).reasons).toEqual(["cup must be there 2 times, got 0"]);
    expect(judgeDetections(three, cups(3, 0.95)).reasons).toEqual(["cup must be there fewer than 3 times, got 3"]);
    expect(judgeDetections(three, [...cups(2, 0.95), at("cup", [90, 0], { score: 0.5 })]).correct).toBe(true);
  });

  it("has the colour of the surest ones", () => {
    const red = line("colors", [{ class: "dog", count: 1, color: "red" }]);
    const [right, wrong] = [at("dog", [0, 0], { colour: "red" }), at("dog", [40, 0], { colour: "blue", score: 0.9 })];
    expect(judgeDetections(red, [right]).correct).toBe(true);
    expect(judgeDetections(red, [right, wrong]).reasons).toEqual(["dog must be red, got blue"]);
    expect(judgeDetections(red, [at("dog", [0, 0])]).reasons).toEqual(["dog must be red, got no colour"]);
  });

  it("has its colour named where one is asked for, and only if it counts", () => {
    const named: Detection[] = [];
    const colourOf = (one: Detection): string => {
      named.push(one);
      return "red";
    };
    const [sure, less, unsure] = [0.95, 0.8, 0.2].map((score) => at("dog", [0, 0], { score }));
    const seen = [unsure, less, at("cup", [9, 9]), sure] as Detection[];
    const red = line("colors", [
      { class: "dog", count: 1, color: "red" },
      { class: "cup", count: 1 },
    ]);
    expect(judgeDetections(red, seen, { colourOf }).correct).toBe(true);
    expect(named).toEqual([sure]);
    expect(judgeDetections(red, [at("dog", [0, 0], { colour: "blue" })], { colourOf }).correct).toBe(false);
    expect(judgeDetections(line("single_object", [{ class: "dog", count: 1 }]), seen, { colourOf }).correct).toBe(true);
    expect(named).toEqual([sure]);
  });

  it("lies where it is asked to: within 60° of the direction, and not on each other", () => {
    const asked = (relation: string) =>
      line("position", [
        { class: "cup", count: 1 },
        { class: "dog", count: 1, position: [relation, 0] },
      ]);
    const holds = (relation: string, way: readonly [number, number]): boolean =>
      judgeDetections(asked(relation), [at("cup", [100, 100]), at("dog", [100 + way[0], 100 + way[1]])]).correct;
    expect(holds("left of", [-40, 0])).toBe(true);
    expect(holds("left of", [40, 0])).toBe(false);
    expect(holds("right of", [40, 40])).toBe(true);
    expect(holds("below", [40, 40])).toBe(true); // y grows downwards
    expect(holds("above", [10, -40])).toBe(true);
    // each side is 10, a tenth of both is 2: a way of (3, −40) is (1, −38), too steep for "right of"
    expect(holds("right of", [3, -40])).toBe(false);
    expect(holds("right of", [2, 0])).toBe(false);
    expect(judgeDetections(asked("left of"), [at("dog", [0, 0])]).reasons).toEqual([
      "cup must be there 1 times, got 0",
      "dog must be left of something that is not there",
    ]);
  });

  it("is of metadata that ask for something", () => {
    for (const text of ["[]", "{}", line("colors", []), line("colors", [{ class: "dog" }])])
      expect(() => judgeDetections(text, [])).toThrow(/judgeDetections: must be|metadata must have a tag and include/);
  });
});
