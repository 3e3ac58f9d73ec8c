import type { Conditioner, MemoryBank } from "@gmem/spec";
import { checkArray, checkOptions, f32, GMemError, type NDArray, ShapeError, takeRows } from "@gmem/tensor";
import { interpolate } from "./interpolate.ts";
import { type BankRequest, parseBankRequest } from "./request.ts";
import { unitRows } from "./unit-rows.ts";

export interface BankConditionerOptions {
  readonly bank: MemoryBank;
}

/** What the conditioners of Figure 4 take between them: each gets all of it where one is swapped for another. */
const takes = { bank: "optional", classes: "optional", hiddenSize: "optional", textEncoder: "optional" } as const;

/**
 * Conditioning by snippets from a memory bank (Figure 4 a, b). A request names rows, gives snippets or blends two rows;
 * without one, the noise chooses rows (§4.3 ii). In training each image gets its own snippet (Algorithm 1).
 * @throws {GMemError} code `CONFIG` without a bank.
 * @example
 * const c = conditioner({ bank: build(key(0).normal([10, 4])) });
 * await c.resolve(key(1).normal([2, 1, 8, 8]), c.parse({ rows: [3] })); // { snippet: f32 [2,4] }
 */
export function conditioner(options: BankConditionerOptions): Conditioner<BankRequest> {
  checkOptions("memory-bank conditioner", options, takes);
  const { bank } = options;
  if (!bank)
    throw new GMemError("CONFIG", "memory-bank conditioner: needs { bank }, got none; build or open one first");
  const dim = bank.dim;
  return {
    name: "memory-bank",
    snippetDim: dim,
    output: "snippet",
    feeds: (n) => ({ snippet: f32(n, dim) }),
    init: () => ({}),
    parse: (input) => parseBankRequest(input, bank),
    async resolve(noise, request) {
      const n = noise.shape[0] ?? 0;
      return { snippet: repeated(await requested(bank, noise, request), n) };
    },
    async batch({ index, snippets }) {
      return { snippet: snippets ?? (await bank.at(index)) };
    },
    snippet(_, { snippet }) {
      if (!snippet) throw new GMemError("GRAPH", 'memory-bank conditioner: needs the feed "snippet", got none');
      return snippet; // [N,d]
    },
  };
}

async function requested(bank: MemoryBank, noise: NDArray<"f32">, given: BankRequest): Promise<NDArray<"f32">> {
  const request = checked(given, bank);
  if (request === undefined) return bank.at(bank.indexOf(noise));
  if ("rows" in request) return bank.at(Int32Array.from(request.rows));
  if ("snippets" in request)
    return unitRows(request.snippets, {
      name: (row) => `snippets[${row}]`,
      what: "snippets",
      remedy: "give it a direction",
    });
  const { a, b, weight, ...how } = request.interpolate;
  const [first, second] = [await bank.at(Int32Array.of(a)), await bank.at(Int32Array.of(b))];
  const weights = typeof weight === "number" ? [weight] : weight;
  const blends = weights.map((weightOfSecond) => interpolate(first, second, { weightOfSecond, ...how }).data);
  const data = new Float32Array(blends.length * bank.dim);
  for (const [i, blend] of blends.entries()) data.set(blend, i * bank.dim);
  return { dtype: "f32", shape: [blends.length, bank.dim], data };
}

/** A request by code without types, which {@link parseBankRequest} has not seen. @throws {GMemError} code `INVALID_REQUEST` */
function checked(request: BankRequest, bank: MemoryBank): BankRequest {
  const { snippets, ...others } = (request ?? {}) as Readonly<Record<string, unknown>>;
  if (snippets === undefined || Object.keys(others).length > 0) return parseBankRequest(request, bank);
  checkArray("request: snippets", snippets);
  return request;
}

/** One row serves all n samples. @throws {ShapeError} for another number of rows. */
function repeated(snippets: NDArray<"f32">, n: number): NDArray<"f32"> {
  const [rows = 0] = snippets.shape;
  if (rows === n) return snippets;
  if (rows !== 1) throw new ShapeError("memory-bank conditioner", `a request needs 1 or ${n} rows`, [snippets.shape]);
  return takeRows(snippets, new Int32Array(n));
}
