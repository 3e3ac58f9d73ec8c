import { array } from "@gmem/tensor";
import { expect, it } from "vitest";
import { contentHash } from "./content-hash.ts";

const tensors = { "blocks.0.w": array([1, 2, 3, 4, 5, 6], [2, 3]), b: array([0.5]) };

it("is the one that the ids in banks are made of, whatever the order of names and where the numbers lie", () => {
  expect(contentHash(tensors)).toBe("64ff22a630c68d27"); // must not change: banks hold it
  const shared = Float32Array.of(9, 0.5, 1, 2, 3, 4, 5, 6);
  const views = { b: array(shared.subarray(1, 2)), "blocks.0.w": array(shared.subarray(2), [2, 3]) };
  expect(contentHash(views)).toBe(contentHash(tensors));
});

it("tells names, shapes and values apart", () => {
  const { b, "blocks.0.w": w } = tensors;
  const others = [
    { b },
    { b, "blocks.1.w": w },
    { b, "blocks.0.w": { ...w, shape: [3, 2] } },
    { b, "blocks.0.w": array([1, 2, 3, 4, 5, 7], [2, 3]) },
  ];
  expect(new Set([tensors, ...others].map(contentHash)).size).toBe(5);
});
