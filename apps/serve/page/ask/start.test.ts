import { expect, it } from "vitest";
import { partBetween, startBody } from "./start.ts";

it("a part lies between its corners, within the picture, and is large enough to be meant", () => {
  expect(partBetween([0.75, 0.5], [0.25, 1.5])).toEqual({ x: 0.25, y: 0.5, width: 0.5, height: 0.5 });
  expect(partBetween([-1, -1], [2, 2])).toEqual({ x: 0, y: 0, width: 1, height: 1 });
  expect(partBetween([0.5, 0.5], [0.51, 0.9])).toBeUndefined();
});

it("a start adds its picture and strength, and a mask of its part", () => {
  const part = { x: 0, y: 0, width: 0.5, height: 1 };
  const begun = { name: "a.png", image: "data:a", strength: 0.7, part };
  expect(startBody(undefined, () => "mask")).toEqual({});
  expect(startBody({ ...begun, part: undefined }, () => "mask")).toEqual({ image: "data:a", strength: 0.7 });
  expect(startBody(begun, ({ width }) => `mask ${width}`)).toEqual({
    image: "data:a",
    strength: 0.7,
    mask: "mask 0.5",
  });
});
