import { f32, isGMemError } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { checkTensors, compareTensors, TensorsError } from "./check-tensors.ts";
import { mapNames } from "./map-names.ts";

describe("mapNames", () => {
  it("applies the first rule that matches, drops what it says, keeps the rest", () => {
    const mapped = mapNames({ "encoder.layer.3.w": 1, "encoder.norm": 2, pos: 3, head: 4 }, [
      [/^encoder\.layer\.(\d+)\./, "blocks.$1."],
      [/^encoder\./, ""],
      [/^pos$/, null],
    ]);
    expect(mapped).toEqual({ "blocks.3.w": 1, norm: 2, head: 4 });
  });
  it("names every clash at once", () => {
    expect(() => mapNames({ "a.x": 1, "b.x": 2, "a.y": 3, "b.y": 4 }, [[/^[ab]\./, ""]])).toThrow(
      /a\.x and b\.x → x; a\.y and b\.y → y/,
    );
  });
});

describe("checkTensors", () => {
  const network = { w: f32(2, 3), b: f32(2), norm: f32(4) };
  it("takes exactly the tensors of the network", () => {
    expect(() => checkTensors({ norm: f32(4), b: f32(2), w: f32(2, 3) }, network, "m.pt")).not.toThrow();
  });
  it("reports all that is missing, unexpected and mis-shaped in one error", () => {
    const tensors = { w: f32(3, 2), extra: f32(1), toString: f32(1), norm: f32(4, 1) };
    const thrown = (() => {
      try {
        checkTensors(tensors, network, "m.pt");
      } catch (error) {
        return error;
      }
    })();
    expect(isGMemError(thrown, "WEIGHTS")).toBe(true);
    expect(thrown).toBeInstanceOf(TensorsError);
    expect(thrown).toMatchObject(compareTensors(tensors, network));
    expect(String(thrown)).toMatch(
      /m\.pt: .*1 missing: b; 2 unexpected: extra, toString; 2 mis-shaped: w \[3,2\] for \[2,3\], norm \[4,1\] for \[4\]/,
    );
  });
});
