import { type Engine, f32, type Named, type NDArray, type Tensor, trace } from "@gmem/tensor";

/** A graph over blocks of rows, whose results are sums over them; matrices that every block needs stay on the device. */
export interface BlockProgram {
  /** Rows [n,width] with n ≤ `rows`. */
  run(block: Float32Array): Promise<Named<NDArray>>;
  dispose(): Promise<void>;
}

export interface BlockProgramOptions {
  readonly rows: number;
  readonly width: number;
  /** A row that adds nothing, which fills up a short block. */
  readonly padding: Float32Array;
  /** Held on the device. */
  readonly held: Named<NDArray>;
  /** x [rows,width] → results. */
  readonly program: (x: Tensor, held: Named<Tensor>) => Named<Tensor>;
}

/** Compiles a {@link BlockProgram}. */
export async function blockProgram(engine: Engine, options: BlockProgramOptions): Promise<BlockProgram> {
  const { rows, width, padding, held, program } = options;
  const state = await engine.state(held);
  const graph = trace({ feeds: { x: f32(rows, width) }, state: state.avals }, (inputs) => ({
    fetches: program(inputs.feeds.x, inputs.state),
  }));
  const executable = await engine.compile(graph, { state });
  return {
    run(block) {
      let data = block;
      if (block.length < rows * width) {
        data = new Float32Array(rows * width);
        data.set(block);
        for (let at = block.length; at < data.length; at += width) data.set(padding, at);
      }
      return executable.run({ x: { dtype: "f32", shape: [rows, width], data } });
    },
    async dispose() {
      await executable.dispose();
      await state.dispose();
    },
  };
}
