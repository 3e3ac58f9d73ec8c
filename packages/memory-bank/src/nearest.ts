import { type Engine, f32, type NDArray, ShapeError, topK, trace } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";
import type { Bank } from "./bank.ts";
import { bestOf, type Neighbours } from "./best-of.ts";
import { breather } from "./breathe.ts";
import { rowBlocks } from "./rows.ts";
import { rowNorms, storedRows, unitRows } from "./unit-rows.ts";

export interface NearestOptions {
  readonly k: number;
  readonly engine?: Engine;
  /** For each query a row that must not be found (its own), or −1. */
  readonly exclude?: Int32Array;
}

const bankBlock = 8192;
const queryBlock = 1024;
/** Without an engine: values of a block of rows, and products of one with some queries, milliseconds after which the event loop can turn. */
const plainValues = 2 ** 17;
const plainProducts = 2 ** 23;

/** |‖s‖² − 1| of a unit row that was rounded to float32 is smaller: such rows are multiplied as they are. */
const roundedUnit = 2 ** -22;

/**
 * The k rows of the largest cosine with each query, by exact search in blocks (docs/formulas.md, "Nearest rows"). A
 * compressed bank is searched by its coefficients: q·s_i = c_i·(Bᵀq) + μ·q over ‖c_i Bᵀ + μ‖, r instead of d products a row.
 * Between blocks the event loop turns.
 * @param queries [q,d], of any length but zero. @returns k = min(k, N) columns.
 * @throws {ShapeError} if widths differ or k < 1.
 * @throws {BankError} code `NON_FINITE` for a query or a row with NaN or infinity, `BANK` for one of zeros, by its number.
 * @example
 * const bank = build(key(0).normal([100, 8]));
 * const { rows, scores } = await nearest(bank, await bank.at(Int32Array.of(5)), { k: 3 });
 * rows.data[0]; // 5, with score 1
 */
export async function nearest(bank: Bank, queries: NDArray<"f32">, options: NearestOptions): Promise<Neighbours> {
  const { engine, exclude } = options;
  const [count = 0, d] = queries.shape;
  if (queries.shape.length !== 2 || d !== bank.dim)
    throw new ShapeError("nearest", `queries must be [q,${bank.dim}]`, [queries.shape]);
  if (!(Number.isInteger(options.k) && options.k >= 1))
    throw new ShapeError("nearest", "k must be at least 1", [[options.k]]);
  if (exclude && exclude.length !== count)
    throw new ShapeError("nearest", `exclude must name one row for each of ${count} queries`, [[exclude.length]]);
  const wanted = Math.min(options.k + (exclude ? 1 : 0), bank.size);
  const best = bestOf(count, wanted);
  const name = (query: number): string => `nearest: query ${query}`;
  const space = searchSpace(bank, unitRows(queries, { name, what: "queries", remedy: "leave it out" }));
  const scorers = new Map<string, Scorer>();
  const scorerFor = async (size: BlockSize): Promise<Scorer> => {
    const id = `${size.queries},${size.rows}`;
    const known = scorers.get(id);
    if (known) return known;
    const made = engine ? await engineScorer(engine, size) : plainScorer(size);
    scorers.set(id, made);
    return made;
  };
  try {
    let start = 0;
    const breathe = breather();
    const { width } = space;
    const most = engine ? bankBlock : Math.min(bankBlock, Math.max(256, Math.floor(plainValues / width)));
    const some = engine ? queryBlock : Math.max(1, Math.floor(plainProducts / (most * width)));
    for await (const stored of rowBlocks(bank.rows, most)) {
      const block = space.rows(stored, start);
      const rows = Math.min(most, bank.size - start);
      for (let q = 0; q < count; q += some) {
        const size = { queries: Math.min(some, count - q), rows, width, k: Math.min(wanted, rows) };
        const scorer = await scorerFor(size);
        const part = space.queries.subarray(q * width, (q + size.queries) * width);
        best.merge(await scorer.run(part, block), { firstQuery: q, firstRow: start, k: size.k });
        await breathe();
      }
      start += rows;
    }
  } finally {
    for (const scorer of scorers.values()) await scorer.dispose();
  }
  return best.result(Math.min(options.k, bank.size), exclude);
}

interface BlockSize {
  readonly queries: number;
  readonly rows: number;
  readonly width: number;
  readonly k: number;
}

/** The best k of a block for each query: [q,k] scores and positions in the block. */
interface Scorer {
  run(queries: Float32Array, rows: Float32Array): Promise<{ scores: ArrayLike<number>; positions: ArrayLike<number> }>;
  dispose(): Promise<void>;
}

async function engineScorer(engine: Engine, { queries, rows, width, k }: BlockSize): Promise<Scorer> {
  const graph = trace({ feeds: { q: f32(queries, width), s: f32(rows, width) } }, ({ feeds }) => {
    const { values, indices } = topK(feeds.q.matmul(feeds.s, { transposeB: true }), k); // [q,k]
    return { fetches: { values, indices } };
  });
  const executable = await engine.compile(graph);
  return {
    async run(q, s) {
      const { values, indices } = await executable.run({
        q: { dtype: "f32", shape: [queries, width], data: q },
        s: { dtype: "f32", shape: [rows, width], data: s },
      });
      return { scores: values?.data ?? [], positions: indices?.data ?? [] };
    },
    dispose: () => executable.dispose(),
  };
}

function plainScorer({ queries, rows, width, k }: BlockSize): Scorer {
  const places = Int32Array.from({ length: rows }, (_, row) => row);
  return {
    async run(q, s) {
      const products = matmulF64(q, s, { m: queries, k: width, n: rows, transposeB: true });
      const scores = new Float32Array(queries * k);
      const positions = new Int32Array(queries * k);
      for (let query = 0; query < queries; query++) {
        const row = products.subarray(query * rows, (query + 1) * rows);
        const best = bestOf(1, k);
        best.merge({ scores: row, positions: places }, { firstQuery: 0, firstRow: 0, k: rows });
        const found = best.result(k);
        scores.set(found.scores.data, query * k);
        positions.set(found.rows.data, query * k);
      }
      return { scores, positions };
    },
    dispose: async () => {},
  };
}

interface SearchSpace {
  readonly width: number;
  readonly queries: Float32Array;
  /** Of rows as they are stored, the first of which has this number. */
  readonly rows: (stored: Float32Array, first: number) => Float32Array;
}

/** Unit queries and rows such that their products are cosines: s/‖s‖, or (c, 1)/‖c Bᵀ + μ‖ against (Bᵀq, μ·q). */
function searchSpace(bank: Bank, queries: NDArray<"f32">): SearchSpace {
  const { factors, dim } = bank;
  const words = (first: number) => ({ ...storedRows, name: (i: number) => `nearest: row ${first + i}` });
  if (!factors)
    return {
      width: dim,
      queries: queries.data,
      rows(stored, first) {
        const norms = rowNorms(stored, dim, words(first));
        if (norms.every((norm) => Math.abs(norm * norm - 1) < roundedUnit)) return stored;
        return unitRows({ dtype: "f32", shape: [norms.length, dim], data: stored }, words(first)).data;
      },
    };
  const [d, r] = factors.basis.shape as readonly [number, number];
  const n = queries.shape[0] as number;
  const width = r + 1;
  const onBasis = matmulF64(queries.data, factors.basis.data, { m: n, k: d, n: r });
  const onMean = matmulF64(queries.data, factors.mean.data, { m: n, k: d, n: 1 });
  const moved = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < r; j++) moved[i * width + j] = onBasis[i * r + j] as number;
    moved[i * width + r] = onMean[i] as number;
  }
  const meanOnBasis = matmulF64(factors.mean.data, factors.basis.data, { m: 1, k: d, n: r });
  const meanSquare = factors.mean.data.reduce((sum, value) => sum + value * value, 0);
  const rows = (stored: Float32Array, first: number): Float32Array => {
    const count = r === 0 ? bank.size : stored.length / r;
    const out = new Float32Array(count * width);
    const lengths = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      let square = meanSquare; // ‖c Bᵀ + μ‖² = Σ S c² + 2 c·Bᵀμ + ‖μ‖², as BᵀB = diag S
      for (let j = 0; j < r; j++) {
        const c = stored[i * r + j] as number;
        square += (factors.singular.data[j] as number) * c * c + 2 * c * (meanOnBasis[j] as number);
      }
      lengths[i] = Math.sqrt(Math.max(square, 0));
      const scale = 1 / (lengths[i] as number);
      for (let j = 0; j < r; j++) out[i * width + j] = (stored[i * r + j] as number) * scale;
      out[i * width + r] = scale;
    }
    rowNorms(lengths, 1, words(first));
    return out;
  };
  return { width, queries: moved, rows };
}
