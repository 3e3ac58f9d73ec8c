import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../test/evaluate.ts";

describe("gmem-evaluate study", () => {
  const out = join(mkdtempSync(join(tmpdir(), "gmem-studies-")), "studies");

  it("lists the studies and which of them were run, and writes nothing", async () => {
    const { status, stdout } = await evaluate("study", "--list", "--out", out);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^conditioning +Strength of the condition .*§ 3\.2, Figure 3/m);
    expect(stdout).toContain("quick: not run · full: not run");
    const listed = JSON.parse((await evaluate("study", "--list", "--out", out, "--json")).stdout);
    expect(listed[0]).toMatchObject({ name: "conditioning", quick: "not run" });
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    [["conditionning"], /no study "conditionning"\. Did you mean "conditioning"\?/],
    [[], /needs a name, got none/],
    [["svd", "--quick", "--full"], /takes --quick or --full, got both/],
  ])("refuses %j, with nothing written", async (args, message) => {
    expect(await evaluate("study", ...args, "--out", out)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(out)).toBe(false);
  });
});
