import { array, type NDArray } from "@gmem/tensor";
import { expect, it } from "vitest";
import { boxColour } from "./box-colour.ts";

/** 12×8 grey pixels with one colour in the rectangle x 4 … 10, y 2 … 6. */
function picture([r, g, b]: readonly [number, number, number]): NDArray<"f32"> {
  const values = [r, g, b].flatMap((value) =>
    Array.from({ length: 96 }, (_, i) => {
      const [x, y] = [i % 12, Math.floor(i / 12)];
      return x >= 4 && x < 10 && y >= 2 && y < 6 ? value / 255 : 0.5;
    }),
  );
  return array(values, [3, 8, 12]);
}

it.each([
  ["red", [255, 0, 0]],
  ["orange", [255, 140, 0]],
  ["yellow", [255, 255, 0]],
  ["green", [0, 128, 0]],
  ["blue", [0, 0, 255]],
  ["purple", [128, 0, 128]],
  ["pink", [255, 150, 190]],
  ["brown", [139, 69, 19]],
  ["black", [0, 0, 0]],
  ["white", [255, 255, 255]],
] as const)("what people call %s is called so, whatever lies around it", (name, rgb) => {
  expect(boxColour(picture(rgb), [3, 1, 11, 7])).toBe(name);
});

it("a box of less than a pixel has the colour of its pixel, and one outside none", () => {
  expect(boxColour(picture([255, 0, 0]), [6.2, 3.1, 6.4, 3.3])).toBe("red");
  expect(() => boxColour(picture([255, 0, 0]), [20, 0, 30, 8])).toThrow(/must lie in the image of 12×8/);
  expect(() => boxColour(array([1], [1, 1, 1]), [0, 0, 1, 1])).toThrow(/\[3,H,W\]/);
});
