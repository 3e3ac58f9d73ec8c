import { concatRows, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { SnippetTableConditioner } from "./snippet-table.ts";

export interface EmbeddingTableOptions {
  /** Whether the null snippet has a row, the last: where it was trained, for guidance. Default true. */
  readonly nullRow?: boolean;
}

/**
 * The label embedder of a model whose bank was reduced (E.1): row yk+j is the embedding of snippet j of class y, and the last
 * row that of the null snippet. A class with fewer than k snippets repeats them in turn.
 * @param snippets what `snippetTable` gave.
 * @param embed snippets [n,d] → c [n,D], the S-Adapter; zeros are the null snippet.
 * @returns [kK+1,D], for a `conditioner` with `perClass: k`; [kK,D] without a null row, for one with `dropProbability: 0`.
 * @throws {GMemError} code `BANK` if a class has no snippet.
 * @example
 * // no-run
 * const reduced = await snippetTable(bank, { perClass: 5, pick: "random", seed: 0 });
 * const table = await embeddingTable(reduced, async (snippets) => snippets); // as if D = d
 */
export async function embeddingTable(
  { table, starts }: Pick<SnippetTableConditioner, "table" | "starts">,
  embed: (snippets: NDArray<"f32">) => Promise<NDArray<"f32">>,
  { nullRow = true }: EmbeddingTableOptions = {},
): Promise<NDArray<"f32">> {
  const classes = starts.length - 1;
  const sizes = Array.from({ length: classes }, (_, y) => (starts[y + 1] as number) - (starts[y] as number));
  const perClass = Math.max(...sizes);
  const empty = sizes.indexOf(0);
  if (empty >= 0)
    throw new GMemError(
      "BANK",
      `embeddingTable: every class must have snippets in the bank, got none of class ${empty}`,
    );
  const rows = sizes.flatMap((size, y) =>
    Array.from({ length: perClass }, (_, j) => (starts[y] as number) + (j % size)),
  );
  const [, dim = 0] = table.shape;
  const nothing: NDArray<"f32"> = { dtype: "f32", shape: [1, dim], data: new Float32Array(dim) };
  return embed(concatRows([takeRows(table, rows), ...(nullRow ? [nothing] : [])]));
}
