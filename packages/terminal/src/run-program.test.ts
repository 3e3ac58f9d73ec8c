import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "./run-program.ts";

const said: string[] = [];
const program = () =>
  new Command("tool").argument("[words...]").action((words: string[]) => {
    said.push(...words);
  });

describe("a command line", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    said.length = 0;
  });

  it("that is longer than onnxruntime can be started with is refused before a command begins, by its bytes", async () => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await runProgram(program, ["a ".repeat(7000)])).toBe(0);
    expect(said).toHaveLength(1);
    expect(await runProgram(program, ["ü".repeat(8000)])).toBe(2);
    expect(
      await runProgram(
        program,
        Array.from({ length: 4000 }, () => "a.png"),
      ),
    ).toBe(2);
    expect(said).toHaveLength(1);
    expect(String(stderr.mock.calls[0]?.[0])).toMatch(/at most 16000 bytes together, got 16001.*--texts FILE/s);
  });
});
