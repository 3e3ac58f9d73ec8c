import { describe, expect, it } from "vitest";
import {
  array,
  bytesPerElement,
  concatRows,
  type DType,
  full,
  ShapeError,
  sizeOf,
  splitRows,
  stack,
  takeRows,
  zeros,
} from "./index.ts";

describe("arrays", () => {
  it("wraps a typed array of the right kind and converts any other", () => {
    const data = new Float32Array([1, 2]);
    expect(array(data).data).toBe(data);
    expect(array([1.7, -1.7], [2], "i32").data).toEqual(new Int32Array([1, -1]));
    expect(array([1, 2, 3, 4], [2, 2])).toEqual({ dtype: "f32", shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) });
  });

  it("says that values do not fill the shape", () => {
    expect(() => array([1, 2, 3], [2, 2])).toThrow("array: 3 values do not fill the shape, got [2,2]");
  });

  it("counts elements and bytes", () => {
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([2, 0, 3])).toBe(0);
    expect((["f32", "f64", "f16", "i32", "bool"] as const).map(bytesPerElement)).toEqual([4, 8, 2, 4, 1]);
    expect(zeros([2], "bool").data).toEqual(new Uint8Array(2));
    expect(full([2], 3).data).toEqual(new Float32Array([3, 3]));
  });

  it("takes rows as a copy and joins them again", () => {
    const x = array([1, 2, 3, 4, 5, 6], [3, 2]);
    const taken = takeRows(x, [2, 0]);
    expect(taken).toEqual(array([5, 6, 1, 2], [2, 2]));
    taken.data[0] = 9;
    expect(x.data[4]).toBe(5);
    expect(concatRows([takeRows(x, [0]), takeRows(x, [1, 2])])).toEqual(x);
    expect(splitRows(x, 3)).toEqual([0, 1, 2].map((row) => takeRows(x, [row])));
  });

  it("stacks arrays of one shape along a new axis, and names the one of another", () => {
    const [a, b] = [array([1, 2], [2, 1]), array([3, 4], [2, 1])];
    expect(stack([a, b])).toEqual(array([1, 2, 3, 4], [2, 2, 1]));
    expect(stack([array([7], [], "i32")])).toEqual(array([7], [1], "i32"));
    expect(() => stack([])).toThrow("stack: needs at least one array");
    const options = { where: "images", name: (i: number) => `"${i}.png"`, remedy: "crop them" };
    expect(() => stack([a, b, array([5], [1, 1])], options)).toThrow(
      'images: "2.png" must have the shape of "0.png"; crop them, got [1,1] and [2,1]',
    );
    expect(() => stack<DType>([a, array([1, 2], [2, 1], "i32")])).toThrow(
      "array 1 must have the element type of array 0",
    );
  });

  it("refuses rows that are not there and parts that do not fit", () => {
    const x = array([1, 2], [2, 1]);
    expect(() => takeRows(x, [2])).toThrow("takeRows: row 2 is outside 0…1, got [2,1]");
    expect(() => takeRows(x, [-1])).toThrow(ShapeError);
    expect(() => takeRows(array([1], []), [0])).toThrow(ShapeError);
    expect(() => concatRows([])).toThrow(ShapeError);
    expect(() => splitRows(array([1, 2, 3], [3, 1]), 2)).toThrow("2 equal parts");
    expect(() => concatRows([x, array([1, 2], [1, 2])])).toThrow("the first axis must agree");
    expect(() => concatRows([x, array([1], [1, 1], "i32")])).toThrow(ShapeError);
  });
});
