import type { Conditioner, MemoryBank } from "@gmem/spec";
import {
  concatRows,
  f32,
  GMemError,
  meanRow,
  type NDArray,
  type PickOptions,
  pickByLabel,
  takeRows,
  zeros,
} from "@gmem/tensor";
import { labelsOf, requestedLabels, trainingLabels } from "./conditioner.ts";
import { type ClassRequest, parseClassRequest } from "./request.ts";

export interface SnippetTableOptions extends PickOptions {
  /** Scale averages to unit length; default true. */
  readonly renormalize?: boolean;
}

export interface SnippetTableConditioner extends Conditioner<ClassRequest> {
  /** Rows ordered by class, [Σ min(k, rows of the class), d]. */
  readonly table: NDArray<"f32">;
  /** First row of each class in `table`, and the end: K + 1 numbers. */
  readonly starts: Int32Array;
  /** Classes with fewer than k rows in the bank; all of theirs are used. A class without rows cannot be asked for. */
  readonly short: readonly { readonly label: number; readonly rows: number }[];
}

/**
 * A class-conditional model out of a bank (E.1, Table 4): k snippets stand for each class. A label draws one of its
 * snippets uniformly, by the noise; without a label the noise draws the class as well. Random@1 suits a well-trained
 * model, Average@1 an early checkpoint.
 * @throws {GMemError} code `BANK` if the bank has no labels; `CONFIG` if `perClass` is no positive integer.
 * @example
 * // no-run
 * const c = await snippetTable(bank, { perClass: 1, pick: "average", seed: 0 });
 * await c.resolve(noise, c.parse({ label: 3 })); // { snippet: f32 [N,d] }
 */
export async function snippetTable(bank: MemoryBank, options: SnippetTableOptions): Promise<SnippetTableConditioner> {
  const { labels, dim } = bank;
  const { perClass, pick, renormalize = true } = options;
  if (!labels)
    throw new GMemError("BANK", "snippetTable: the bank must have labels, got none; build it from a labelled dataset");
  const picked = new Map(pickByLabel(labels, options).map((found) => [found.label, found] as const));
  const classes = Math.max(-1, ...picked.keys()) + 1;
  const parts: NDArray<"f32">[] = [zeros([0, dim])];
  const starts = new Int32Array(classes + 1);
  const short: { label: number; rows: number }[] = [];
  for (let label = 0; label < classes; label++) {
    const { groups, available } = picked.get(label) ?? { groups: [], available: 0 };
    if (available < perClass) short.push({ label, rows: available });
    if (pick === "random") parts.push(await bank.at(Int32Array.from(groups, ([row]) => row as number)));
    else for (const rows of groups) parts.push(meanRow(await bank.at(rows), { unit: renormalize }));
    starts[label + 1] = (starts[label] as number) + groups.length;
  }
  const table = concatRows(parts);
  const snippets = (chosen: Int32Array, coins: ArrayLike<number>): NDArray<"f32"> =>
    takeRows(
      table,
      chosen.map((label, i) => {
        const [start, end] = [starts[label] as number, starts[label + 1] as number];
        if (start === end)
          throw new GMemError("INVALID_REQUEST", `snippetTable: the bank must have rows of the class, got ${label}`);
        return start + Math.min(Math.floor((coins[i] as number) * (end - start)), end - start - 1);
      }),
    );
  const filled = Int32Array.from(picked.keys());
  return {
    name: "class-table",
    snippetDim: dim,
    output: "snippet",
    table,
    starts,
    short,
    feeds: (n) => ({ snippet: f32(n, dim) }),
    init: () => ({}),
    parse: (input) => parseClassRequest(input, classes),
    async resolve(noise, request) {
      const chosen =
        request === undefined
          ? labelsOf(noise, filled.length).map((at) => filled[at] as number)
          : requestedLabels(request, noise.shape[0] ?? 0);
      const coins = Float64Array.from(labelsOf(noise, 2 ** 30, "snippet"), (value) => value / 2 ** 30);
      return { snippet: snippets(chosen, coins) };
    },
    async batch(batch, rng) {
      const chosen = trainingLabels(batch, classes);
      return { snippet: snippets(chosen, rng.split("snippet").uniform([chosen.length]).data) };
    },
    snippet(_, { snippet }) {
      if (!snippet) throw new GMemError("GRAPH", 'snippetTable: needs the feed "snippet", got none');
      return snippet; // [N,d]
    },
  };
}
