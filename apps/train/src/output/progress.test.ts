import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { duration, progress, quantity } from "./progress.ts";

describe("progress", () => {
  it("writes plain lines with counts when the stream is no terminal", () => {
    const stream = new PassThrough() as unknown as NodeJS.WriteStream;
    const line = progress({ label: "train", total: 10, stream });
    line.update(3, "loss 0.5");
    line.finish();
    const text = String((stream as unknown as PassThrough).read());
    expect(text).toContain("3/10");
    expect(text).toContain("loss 0.5");
    expect(text).not.toContain("\r");
  });

  it.each([
    [5, "5s"],
    [75, "1m 15s"],
    [7325, "2h 2m"],
  ])("says %d seconds as %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });

  it("shortens large numbers", () => {
    expect(quantity(1_234_567)).toBe("1.23 M");
    expect(quantity(2_000_000_000, "B")).toBe("2 GB");
    expect(quantity(0)).toBe("0");
  });
});
