import "@gmem/testing";
import { evaluate, f32, key, type Named, type NDArray, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { applyMask, type MaskKind, snippetMask } from "./snippet-mask.ts";

const masked = (s: NDArray, place: "before" | "after", drawn: Named<NDArray>): NDArray => {
  const graph = trace({ feeds: { s: f32(...s.shape), ...drawn } }, ({ feeds }) => ({
    fetches: { out: applyMask(feeds.s, place, feeds) },
  }));
  return evaluate(graph, { s, ...drawn }).fetches.out as NDArray;
};

describe("snippet mask", () => {
  const width = 2000;
  const s = key(0).normal([1, width]);

  it.each(["zero", "random", "noise"] as const)("%s with p = 0 changes nothing", (kind) => {
    const drawn = snippetMask({ kind, p: 0 }).draw(key(1), width);
    expect(masked(s, "before", drawn)).toBeAllclose(s, { atol: 0, rtol: 0 });
  });

  it("zero keeps the expectation when it rescales, and sets p of the entries to 0", () => {
    const { snippetScale } = snippetMask({ p: 0.4 }).draw(key(2), width);
    const mean = (snippetScale?.data ?? new Float32Array()).reduce((sum, m) => sum + m / width, 0);
    expect(mean).toBeAllclose(1, { atol: 0.06 });
    expect(new Set(snippetScale?.data)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
    expect(new Set(snippetMask({ rescale: false }).draw(key(2), width).snippetScale?.data)).toEqual(new Set([0, 1]));
  });

  it("random replaces the hit entries by noise of the size of a unit snippet's entries", () => {
    const drawn = snippetMask({ kind: "random", p: 0.5 }).draw(key(3), width);
    const out = masked(s, "before", drawn);
    const hit = [...out.data].filter((value, i) => value !== s.data[i]);
    expect(hit.length / width).toBeAllclose(0.5, { atol: 0.05 });
    const rms = Math.sqrt(hit.reduce((sum, x) => sum + x * x, 0) / hit.length);
    expect(rms * Math.sqrt(width)).toBeAllclose(1, { atol: 0.1 });
  });

  it("noise adds p·τ·ξ to every entry", () => {
    const drawn = snippetMask({ kind: "noise", p: 0.4, tau: 1 }).draw(key(4), width);
    const added = Float64Array.from(masked(s, "before", drawn).data, (x, i) => x - (s.data[i] as number));
    expect(Math.sqrt(added.reduce((sum, x) => sum + x * x, 0) / width)).toBeAllclose(0.4, { atol: 0.03 });
  });

  it("after the projection draws under names that the snippet does not read", () => {
    const drawn = snippetMask({ place: "after" }).draw(key(5), width);
    expect(Object.keys(drawn)).toEqual(["projectedScale"]);
    expect(masked(s, "before", drawn)).toBeAllclose(s, { atol: 0, rtol: 0 });
  });

  it("explains the name that the paper uses for two things", () => {
    expect(() => snippetMask({ kind: "random masking" as MaskKind })).toThrow(/write kind "zero"/);
    expect(() => snippetMask({ kind: "blur" as MaskKind })).toThrow(/kind must be/);
    expect(() => snippetMask({ p: 1 })).toThrow(/p must be in \[0, 1\)/);
  });
});
