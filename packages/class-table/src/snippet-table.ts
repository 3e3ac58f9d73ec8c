import type { Conditioner, MemoryBank } from "@gmem/spec";
import { array, concatRows, f32, GMemError, key, type NDArray, takeRows, zeros } from "@gmem/tensor";
import { labelsOf, requestedLabels, trainingLabels } from "./conditioner.ts";
import { type ClassRequest, parseClassRequest } from "./request.ts";

export interface SnippetTableOptions {
  /** k, snippets of each class. */
  readonly perClass: number;
  /** Random@k draws them, Average@k averages k equal random groups (E.1). */
  readonly pick: "random" | "average";
  /** Scale averages to unit length; default true. */
  readonly renormalize?: boolean;
  readonly seed: number;
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
  const { perClass } = options;
  if (!labels)
    throw new GMemError("BANK", "snippetTable: the bank must have labels, got none; build it from a labelled dataset");
  if (!(Number.isInteger(perClass) && perClass >= 1))
    throw new GMemError("CONFIG", `snippetTable: perClass must be a positive integer, got ${perClass}`);
  const groups: number[][] = [];
  for (const [row, label] of labels.entries()) {
    if (label < 0) continue;
    const group = groups[label];
    if (group) group.push(row);
    else groups[label] = [row];
  }
  const classes = groups.length;
  const parts: NDArray<"f32">[] = [zeros([0, dim])];
  const starts = new Int32Array(classes + 1);
  const short: { label: number; rows: number }[] = [];
  for (let label = 0; label < classes; label++) {
    const rows = groups[label] ?? [];
    const kept = Math.min(perClass, rows.length);
    if (kept < perClass) short.push({ label, rows: rows.length });
    parts.push(await classTable(bank, Int32Array.from(rows), { ...options, label, kept }));
    starts[label + 1] = (starts[label] as number) + kept;
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
  const filled = Int32Array.from({ length: classes }, (_, label) => label).filter((label) => groups[label]?.length);
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

interface ClassOptions extends SnippetTableOptions {
  readonly label: number;
  readonly kept: number;
}

/** The snippets [kept,d] of one class. */
async function classTable(bank: MemoryBank, rows: Int32Array, options: ClassOptions): Promise<NDArray<"f32">> {
  const { pick, renormalize = true, seed, label, kept } = options;
  const order = key(seed).split("reduce").split(label).permutation(rows.length);
  const shuffled = order.map((at) => rows[at] as number);
  if (pick === "random") return bank.at(shuffled.subarray(0, kept));
  const out = new Float32Array(kept * bank.dim);
  for (let group = 0; group < kept; group++) {
    const members = shuffled.filter((_, at) => at % kept === group);
    const { data } = await bank.at(members);
    const average = new Float64Array(bank.dim);
    data.forEach((value, at) => {
      average[at % bank.dim] = (average[at % bank.dim] as number) + value / members.length;
    });
    const norm = renormalize ? Math.max(Math.hypot(...average), 1e-12) : 1;
    out.set(
      average.map((value) => value / norm),
      group * bank.dim,
    );
  }
  return array(out, [kept, bank.dim]);
}
