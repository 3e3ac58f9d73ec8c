import { resolve } from "node:path";

/**
 * What a `.ts`, `.js` or `.mjs` file exports as its default; TypeScript is read as it is.
 * @example
 * // no-run
 * const { metrics } = (await importFile("metrics.ts")) as { metrics: readonly unknown[] };
 */
export async function importFile(path: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  return createJiti(import.meta.url).import(resolve(path), { default: true });
}
