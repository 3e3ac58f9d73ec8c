import { describe, expect, it } from "vitest";
import { breakingChanges } from "./compare.ts";

const report = (...declarations: readonly string[]): string =>
  `# API of @gmem/nn\n\nWritten.\n\n## @gmem/nn\n\n\`\`\`ts\nimport type { Tensor } from '@gmem/tensor';\n\n${declarations.join("\n\n")}\n\`\`\`\n`;
const silu = "export function silu(x: Tensor): Tensor;";
const options = "export interface Options {\n    readonly bias: boolean;\n    readonly heads?: number;\n}";

describe("a report", () => {
  it.each([
    ["an export that is gone", report(silu, options), report(options), ["removes silu of @gmem/nn"]],
    [
      "another parameter",
      report(silu),
      report("export function silu(x: Tensor, y: Tensor): Tensor;"),
      ["changes silu of @gmem/nn"],
    ],
    [
      "a member that is gone",
      report(options),
      report(options.replace(/.*bias.*\n/, "")),
      ["changes Options of @gmem/nn"],
    ],
    [
      "a member that must be given",
      report(options),
      report(options.replace("}", "    readonly width: number;\n}")),
      ["changes Options of @gmem/nn"],
    ],
    [
      "an overload that is gone",
      report(silu, "export function silu(x: number): number;"),
      report(silu),
      ["changes silu of @gmem/nn"],
    ],
    [
      "a re-export that is gone",
      report("export { a }", "export { b as c }"),
      report("export { a }"),
      ["removes c of @gmem/nn"],
    ],
    [
      "an entry that is gone",
      `${report(silu)}\n## @gmem/nn/rope\n\n\`\`\`ts\nexport const rope: number;\n\`\`\`\n`,
      report(silu),
      ["removes rope of @gmem/nn/rope"],
    ],
  ])("breaks by %s", (_, before, after, expected) => {
    expect(breakingChanges(before, after)).toEqual(expected);
  });

  it.each([
    ["nothing", report(silu, options), report(silu, options)],
    ["a new export", report(silu), report(options, silu)],
    ["a member that may be left out", report(options), report(options.replace("}", "    readonly width?: number;\n}"))],
    ["another import", report(silu), report(silu).replace("@gmem/tensor", "@gmem/spec")],
  ])("does not break by %s", (_, before, after) => {
    expect(breakingChanges(before, after)).toEqual([]);
  });
});
