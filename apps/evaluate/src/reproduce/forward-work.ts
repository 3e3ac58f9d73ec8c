import { checkConfig, loadConfig, openModel } from "@gmem/runs";
import { f32, flops, GMemError, trace } from "@gmem/tensor";

/** FLOP of one evaluation of the network of a preset for one sample: its graph is traced, nothing is computed. */
export async function forwardWork(preset: string): Promise<number> {
  const config = await loadConfig(preset, ["data=none"]);
  const bare = checkConfig({ ...config, conditioner: { kind: "unconditional" } }, preset);
  const { backbone } = await openModel(bare, { classes: 0 });
  const state = backbone.avals?.();
  if (!state) throw new GMemError("CONFIG", `reproduce: the network of ${preset} must say its parameters, got none`);
  const feeds = { x: f32(1, ...backbone.latent), t: f32(1), c: f32(1, backbone.hiddenSize) };
  const graph = trace({ feeds, state }, ({ feeds: { x, t, c }, state: p }) => ({
    fetches: { output: backbone.apply(p, x, t, c).output },
  }));
  return flops(graph);
}
