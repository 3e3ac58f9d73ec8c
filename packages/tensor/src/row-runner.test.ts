import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argMax,
  array,
  type Engine,
  inBlocks,
  key,
  mean,
  type NDArray,
  type RowNetwork,
  referenceEngine,
  rowRunner,
  type Tensor,
  takeRows,
} from "./index.ts";

const parameters = { w: key(1).normal([3, 4]), b: key(2).normal([4]) };
const network: RowNetwork<"y" | "mean", "w" | "b"> = (p, x) => {
  const y = x.matmul(p.w).add(p.b); // [n,2,4]
  return { y, mean: mean(y, { axes: [1, 2] }) };
};
const linear = { name: "linear", network };

/** The reference engine, and the shapes of what it ran. */
function watched(): { engine: Engine; compiled: number[][]; ran: NDArray[] } {
  const engine = referenceEngine();
  const [compiled, ran]: [number[][], NDArray[]] = [[], []];
  return {
    compiled,
    ran,
    engine: {
      ...engine,
      state: (initial) => engine.state(initial),
      async compile(graph, options) {
        const program = await engine.compile(graph, options);
        compiled.push([...(graph.feeds.x?.shape ?? [])]);
        return {
          ...program,
          run: (feeds, how) => {
            ran.push(feeds.x as NDArray);
            return program.run(feeds, how);
          },
          dispose: () => program.dispose(),
        };
      },
    },
  };
}

describe("rowRunner", () => {
  it("gives every row the bits that it has alone, whatever the number of rows and the size of blocks", async () => {
    const x = key(3).normal([11, 2, 3]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 12 }), async (count, batchSize) => {
        const runner = rowRunner({ engine: referenceEngine(), batchSize, parameters });
        const rows = Array.from({ length: count }, (_, i) => i);
        const all = await runner.run(takeRows(x, rows), linear);
        expect([all.y.shape, all.mean.shape]).toEqual([[count, 2, 4], [count]]);
        for (const row of rows) {
          const alone = await runner.run(takeRows(x, [row]), linear);
          for (const name of ["y", "mean"] as const) expect(takeRows(all[name], [row])).toEqual(alone[name]);
        }
        await runner.dispose();
      }),
      { numRuns: 20 },
    );
  });

  it("compiles a network once for a shape of rows and fills the last block up with the last row", async () => {
    const { engine, compiled, ran } = watched();
    const runner = rowRunner({ engine, batchSize: 4, parameters });
    const x = key(3).normal([6, 2, 3]);
    await runner.run(x, linear);
    await runner.run(takeRows(x, [5, 2, 1]), linear);
    await runner.run(x, { name: "other", network: (_, rows) => ({ y: rows.mul(2) }) });
    await runner.run(key(3).normal([3, 5, 3]), linear);
    expect(compiled).toEqual([
      [4, 2, 3],
      [4, 2, 3],
      [4, 5, 3],
    ]);
    expect(ran[1]).toEqual(takeRows(x, [4, 5, 5, 5]));
    expect(ran[2]).toEqual(takeRows(x, [5, 2, 1, 1]));
    await runner.dispose();
  });

  it("runs inputs of at most half a block in the least half that holds them", async () => {
    const { engine, compiled } = watched();
    const runner = rowRunner({ engine, batchSize: 6, parameters });
    const x = key(3).normal([9, 2, 3]);
    for (const rows of [[0], [4, 5], [1], [1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6]])
      await runner.run(takeRows(x, rows), linear);
    expect(compiled.map(([n]) => n)).toEqual([1, 2, 3, 6]);
    await runner.dispose();
  });

  it("gives no rows for none, in the shape of a row's result", async () => {
    const runner = rowRunner({ engine: referenceEngine(), batchSize: 4, parameters });
    const { y } = await runner.run(array([], [0, 2, 3]), linear);
    expect([y.shape, y.data.length]).toEqual([[0, 2, 4], 0]);
    await runner.dispose();
  });

  it("refuses batch sizes, inputs and results that are no rows", async () => {
    for (const batchSize of [0, 1.5])
      expect(() => rowRunner({ engine: referenceEngine(), batchSize })).toThrow(/batchSize must be a positive whole/);
    const runner = rowRunner({ engine: referenceEngine(), batchSize: 4, parameters });
    await expect(runner.run(array([1], []), linear)).rejects.toMatchObject({ code: "SHAPE" });
    const total = { name: "total", network: (_: object, x: Tensor) => ({ y: mean(x, { axes: [0] }) }) };
    await expect(runner.run(array([1, 2, 3]), total)).rejects.toThrow(/"y" must have a row for each of 4, got \[\]/);
    const nearest = { name: "nearest", network: (_: object, x: Tensor) => ({ y: argMax(x) }) };
    await expect(runner.run(array([1, 2, 3, 4], [2, 2]), nearest)).rejects.toThrow(/"y" must be f32, got i32/);
    await runner.dispose();
  });

  it("tries again after a failure, and stops by its signal", async () => {
    const { engine } = watched();
    let failures = 1;
    const failing: Engine = {
      ...engine,
      state: async (initial) => {
        if (failures-- > 0) throw new Error("no memory");
        return engine.state(initial);
      },
    };
    const runner = rowRunner({ engine: failing, batchSize: 4, parameters });
    const x = key(3).normal([5, 2, 3]);
    await expect(runner.run(x, linear)).rejects.toThrow("no memory");
    expect((await runner.run(x, linear)).y.shape).toEqual([5, 2, 4]);
    await expect(runner.run(x, { ...linear, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await runner.dispose();
  });
});

describe("inBlocks", () => {
  it("cuts the fill off, in every element type, and refuses blocks that differ", async () => {
    const { i } = await inBlocks(5, 3, async (rows) => ({ i: array(rows, [3, 1], "i32") }));
    expect(i).toEqual(array([0, 1, 2, 3, 4], [5, 1], "i32"));
    await expect(inBlocks(5, 3, async ([first = 0]) => ({ x: array(new Float32Array(3 + first)) }))).rejects.toThrow(
      /"x" must have 3 rows of one shape, got \[6\]/,
    );
  });
});
