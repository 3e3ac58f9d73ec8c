import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { duration, progress, progressLines, quantity } from "./progress.ts";

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

  it("says something on a line of its own, and draws a live line again below", () => {
    const [plain, live] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true, columns: 80 })];
    for (const stream of [plain, live]) {
      const line = progress({ label: "train", total: 10, stream: stream as unknown as NodeJS.WriteStream });
      line.update(3, "loss 5");
      line.say("warning: it grows");
    }
    expect(String(plain.read())).toMatch(/3\/10.*\nwarning: it grows\n$/);
    expect(String(live.read())).toMatch(/\[2Kwarning: it grows\n.*3\/10.*loss 5$/);
  });

  it("shows each stage on a line of its own, ended by its result", () => {
    const stream = new PassThrough();
    const show = progressLines(stream as unknown as NodeJS.WriteStream);
    show({ stage: "bank", done: 2, total: 4, note: "half" });
    show({ stage: "bank", done: 4, total: 4, result: "4 snippets" });
    const lines = String(stream.read()).trim().split("\n");
    expect(lines[0]).toMatch(/bank.* 2\/4.*half/);
    expect(lines[1]).toMatch(/bank.* 4 snippets$/);
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
