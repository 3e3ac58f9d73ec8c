import { avalsOf, concatRows, GMemError, type NDArray, trace, zeros } from "@gmem/tensor";
import type { Run } from "./open-run.ts";

/** What makes snippets of texts. */
export interface TextAdapter {
  /** ŝ of texts [N,d], each the same whatever stands beside it. */
  snippets(texts: readonly string[]): Promise<NDArray<"f32">>;
  close(): Promise<void>;
}

/**
 * The adapter of a run that is conditioned on text, compiled alone: texts become snippets, which are mixed, added and looked up
 * as a bank's rows are.
 * @throws {GMemError} code `CONFIG` for a run that is not conditioned on text.
 * @example
 * // no-run
 * const adapter = await textAdapter(await openRun("runs/drawings-text"));
 * const snippets = await adapter.snippets(["a red heart", "a hat"]); // [2,d]
 */
export async function textAdapter({ engine, state, conditioner: texts, parameters, files }: Run): Promise<TextAdapter> {
  if (texts.name !== "t2s")
    throw new GMemError("CONFIG", `${files.folder}: must be conditioned on text, got ${texts.name}`);
  const own = Object.fromEntries(Object.entries(avalsOf(parameters)).filter(([name]) => name.startsWith("t2s.")));
  const graph = trace({ feeds: texts.feeds(1), state: own }, ({ feeds: given, state: p }) => ({
    fetches: { s: texts.snippet(p, given) },
  }));
  const program = await engine.compile(graph, { state });
  return {
    async snippets(said) {
      const rows: NDArray<"f32">[] = [];
      for (const text of said) {
        const feeds = await texts.resolve(zeros([1, 1, 1, 1]), texts.parse({ text }));
        rows.push((await program.run(feeds)).s as NDArray<"f32">);
      }
      return concatRows(rows);
    },
    close: () => program.dispose(),
  };
}
