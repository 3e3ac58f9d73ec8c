import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Everything that axe finds serious or critical on a page, thrown as one error. @returns how many rules passed. */
export async function accessible(page: Page): Promise<string> {
  const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate("axe.run()")) as {
    readonly violations: readonly Violation[];
    readonly passes: readonly unknown[];
  };
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  if (serious.length === 0) return `axe: ${passes.length} rules passed, none broken seriously`;
  const said = serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n  ${node.failureSummary}`));
  throw new Error(said.join("\n"));
}
