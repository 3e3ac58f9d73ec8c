import { createHash } from "node:crypto";
import { array } from "@gmem/tensor";
import { expect, test } from "vitest";
import { contentHash, textHash } from "./index.ts";

const [a, b] = [array([1, 2, 3, 4], [2, 2]), array([5])];

test("a hash of tensors tells names, shapes and values apart, and not their order", () => {
  const hash = contentHash({ a, b });
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(contentHash({ b, a: { ...a, data: Float32Array.of(9, 1, 2, 3, 4).subarray(1) } })).toBe(hash);
  for (const other of [{ a }, { a, c: b }, { a: array([1, 2, 3, 4]), b }, { a: array([1, 2, 3, 5], [2, 2]), b }])
    expect(contentHash(other)).not.toBe(hash);
});

test("it is the head of SHA-256 over names, shapes and bytes: what is stored stays valid", () => {
  const bytes = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer);
  const sha = createHash("sha256").update("a [2,2]").update(bytes(a.data)).update("b [1]").update(bytes(b.data));
  expect(contentHash({ b, a })).toBe(sha.digest("hex").slice(0, 16));
  expect(textHash(["ab", "c"])).toBe("ba7816bf8f01cfea"); // SHA-256 of "abc", FIPS 180-2
});

test("it is the one that ids in banks are made of", () => {
  const tensors = { "blocks.0.w": array([1, 2, 3, 4, 5, 6], [2, 3]), b: array([0.5]) };
  expect(contentHash(tensors)).toBe("64ff22a630c68d27"); // must not change: banks hold it
});
