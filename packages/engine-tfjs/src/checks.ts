import {
  type Aval,
  type CompileOptions,
  DTypeError,
  GMemError,
  type Graph,
  GraphError,
  type Named,
  type NDArray,
  type Shape,
  ShapeError,
  sameShape,
} from "@gmem/tensor";
import type { Device } from "./device.ts";
import { TfjsState } from "./device-state.ts";

type Loop = CompileOptions["loop"];

/** @throws {GraphError} for a number of steps or names of feeds that do not fit the graph. */
export function checkLoop({ feeds }: Graph, loop: Loop): void {
  if (!loop) return;
  if (!(Number.isInteger(loop.steps) && loop.steps >= 1))
    throw new GraphError("compile", "loop.steps must be a whole number from 1", String(loop.steps));
  const unknown = loop.perStep.find((name) => !feeds[name]);
  if (unknown !== undefined)
    throw new GraphError("compile", "loop.perStep must name feeds of the graph", `"${unknown}"`);
}

/** The state of a graph, if it has one. @throws {GMemError} if it is missing, another engine's, or does not fit. */
export function boundState(graph: Graph, { state }: CompileOptions, device: Device): TfjsState | undefined {
  const wanted = Object.entries(graph.state);
  if (!state) {
    if (wanted.length === 0) return undefined;
    throw new GraphError(
      "compile",
      `the graph has state (${wanted.length} entries): pass { state } of engine.state(…)`,
    );
  }
  if (!(state instanceof TfjsState) || state.store.device !== device)
    throw new GMemError("CONFIG", "compile: the state must come from the same engine, got one of another");
  for (const [name, { dtype, shape }] of wanted) {
    const held = state.avals[name];
    if (!held) throw new GraphError("compile", `the state must hold "${name}"`, Object.keys(state.avals).join(", "));
    if (held.dtype !== dtype || !sameShape(held.shape, shape))
      throw new ShapeError("compile", `state "${name}" must be ${dtype} [${shape}], not ${held.dtype}`, [held.shape]);
  }
  return state;
}

/** @throws {GraphError | ShapeError | DTypeError} for a missing or unknown feed, another shape, another type. */
export function checkFeeds(wanted: Named<Aval>, feeds: Named<NDArray>, loop: Loop): void {
  const unknown = Object.keys(feeds).find((name) => !wanted[name]);
  if (unknown !== undefined)
    throw new GraphError("run", `the graph takes ${Object.keys(wanted).join(", ") || "no feeds"}`, `"${unknown}"`);
  for (const [name, { dtype, shape }] of Object.entries(wanted)) {
    const feed = feeds[name];
    if (!feed) throw new GraphError("run", `feed "${name}" must be given, as ${dtype} [${shape}]`, "nothing");
    if (feed.dtype !== dtype) throw new DTypeError("run", `feed "${name}" must be ${dtype}`, feed.dtype);
    const full: Shape = loop?.perStep.includes(name) ? [loop.steps, ...shape] : shape;
    if (!sameShape(feed.shape, full)) throw new ShapeError("run", `feed "${name}" must be [${full}]`, [feed.shape]);
  }
}
