import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { main as addImage } from "./adapt/add-image.ts";
import { main as bank } from "./figure-4/bank.ts";
import { main as classTable } from "./figure-4/class.ts";
import { main as text } from "./figure-4/text.ts";
import { main as unconditional } from "./figure-4/unconditional.ts";
import { main as strip } from "./interpolate/strip.ts";
import { main as numbers } from "./outside/numbers.ts";

const tiny = { images: 64, steps: 2, clusters: 8 };

describe("figure 4", () => {
  it("is one changed import: the programs differ in it and in the name of the picture", () => {
    const [a, ...others] = ["bank", "class", "text", "unconditional"].map((name) =>
      readFileSync(new URL(`./figure-4/${name}.ts`, import.meta.url), "utf8")
        .replaceAll(`${name}.png`, "picture.png")
        .split("\n")
        .filter((line) => !line.startsWith("import { conditioner }")),
    );
    expect(others).toEqual([a, a, a]);
  });

  it.each([
    ["memory bank", bank],
    ["class table", classTable],
    ["text", text],
    ["unconditional", unconditional],
  ])("trains and draws with the %s", async (_, main) => {
    const { shape, data } = await main(tiny);
    expect(shape).toEqual([8, 3, 16, 16]);
    expect(data.every((x) => x >= -1 && x <= 1)).toBe(true);
  });
});

describe("editing the memory", () => {
  it("draws a strip between two rows", async () => {
    expect((await strip(tiny)).shape).toEqual([9, 3, 16, 16]);
  });

  it("adds an image and draws from it", async () => {
    expect((await addImage(tiny)).shape).toEqual([8, 3, 16, 16]);
  });
});

describe("packages from outside", () => {
  it("have a metric that stands beside ours, each of its own picture", async () => {
    const [distance, sharpness] = await numbers();
    expect([distance?.metric, sharpness?.metric]).toEqual(["FD-colours", "sharpness"]);
    expect(distance?.value).toBeCloseTo(3 * 0.25 ** 2, 1);
    expect(sharpness?.value).toBeCloseTo(0.5 / 3, 2); // half of the mean difference of two uniform values
    expect(sharpness?.counts).toEqual({ real: 0, fake: 40 });
  });
});
