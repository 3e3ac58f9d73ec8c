import type { Encoder, Part, PartContexts, TracedNetwork } from "@gmem/spec";
import { f32, mean, type NDArray, ShapeError, trace } from "@gmem/tensor";

export interface ColourGridConfig {
  /** Cells a side. */
  readonly cells: number;
}

/** f(x) = mean colours of cells × cells parts of the picture, [N,3·cells²]. For `defineRun({ encoder: colourGrid({ … }) })`. */
export function colourGrid(config: ColourGridConfig): Part<"encoder"> {
  const { cells } = config;
  const network: TracedNetwork = {
    parameters: {},
    apply(_, images) {
      const [n, c, height, width] = images.shape as [number, number, number, number];
      if (height % cells !== 0 || width % cells !== 0)
        throw new ShapeError("colour-grid", `sides must be multiples of ${cells}`, [images.shape]);
      const parts = images.reshape([n, c, cells, height / cells, cells, width / cells]);
      return mean(parts, { axes: [3, 5] }).reshape([n, c * cells * cells]); // [N,d]
    },
  };
  const open = ({ engine }: PartContexts["encoder"]): Encoder => ({
    name: "colour-grid",
    dim: 3 * cells * cells,
    id: `colour-grid-${cells}`,
    network,
    async encode(images) {
      const graph = trace({ feeds: { x: f32(...images.shape) } }, ({ feeds }) => ({
        fetches: { y: network.apply({}, feeds.x) },
      }));
      const program = await engine.compile(graph);
      const { y } = await program.run({ x: images });
      await program.dispose();
      return y as NDArray<"f32">;
    },
  });
  return Object.assign(open, {
    origin: { package: "@gmem-example/colour-grid", export: "colourGrid", options: config },
  });
}
