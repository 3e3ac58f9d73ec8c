import type { NDArray } from "../array.ts";
import { type Aval, type Named, sameShape } from "../aval.ts";
import type { CompileOptions } from "../engine.ts";
import { DTypeError, GMemError, GraphError, ShapeError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { indexCheck } from "./index-check.ts";
import { feedsAt, loopFeeds } from "./loop.ts";
import { EngineState, type StateStore } from "./state.ts";

/**
 * Checks a graph when it is compiled, as every engine does.
 * @returns the check of the feeds of one run: `GRAPH` for a missing or unknown one, `SHAPE`, `DTYPE`, and `DATA` for an
 * index outside its table.
 * @throws {GraphError} for a number of steps or names of feeds that do not fit the graph, or indices that the device
 * computes and nothing holds inside their table.
 * @throws {ShapeError} for an axis without elements.
 */
export function checkProgram(graph: Graph, loop: CompileOptions["loop"]): (feeds: Named<NDArray>) => void {
  checkLoop(graph, loop);
  checkLengths(graph);
  const checkIndices = indexCheck(graph);
  const wanted = loopFeeds(graph, loop);
  return (feeds) => {
    checkFeeds(wanted, feeds);
    for (let step = 0; step < (loop?.steps ?? 1); step++) checkIndices(feedsAt(feeds, loop, step));
  };
}

/** Kernels differ on what an axis without elements gives, so that no engine takes one. */
export function checkLengths({ nodes, feeds, state }: Graph): void {
  const check = (where: string, { shape }: Aval): void => {
    if (!shape.every((length) => Number.isInteger(length) && length >= 1))
      throw new ShapeError("compile", `${where}: every axis must have a length from 1`, [shape]);
  };
  for (const [name, aval] of Object.entries({ ...feeds, ...state })) check(`"${name}"`, aval);
  for (const { op, outputs } of nodes) for (const output of outputs) check(op, output);
}

function checkLoop({ feeds }: Graph, loop: CompileOptions["loop"]): void {
  if (!loop) return;
  if (!(Number.isInteger(loop.steps) && loop.steps >= 1))
    throw new GraphError("compile", "loop.steps must be a whole number from 1", String(loop.steps));
  const unknown = loop.perStep.find((name) => !feeds[name]);
  if (unknown !== undefined)
    throw new GraphError("compile", "loop.perStep must name feeds of the graph", `"${unknown}"`);
}

/**
 * The state to compile a graph on, in a store that `isOwn` knows; undefined if the graph needs none and none is given.
 * @throws {GraphError} if it is missing, lacks a name, or has one fixed that the graph replaces @throws {ShapeError} if an array does not fit
 * @throws {GMemError} code `CONFIG` for another engine's state
 */
export function ownState<S extends StateStore>(
  graph: Graph,
  { state }: CompileOptions,
  isOwn: (store: StateStore) => store is S,
): EngineState<S> | undefined {
  const wanted = Object.entries(graph.state);
  if (!state) {
    if (wanted.length === 0) return undefined;
    throw new GraphError(
      "compile",
      `the graph has state (${wanted.length} entries): pass { state } of engine.state(…)`,
    );
  }
  if (!isOf(state, isOwn))
    throw new GMemError("CONFIG", "compile: the state must come from the same engine, got one of another");
  for (const [name, { dtype, shape }] of wanted) {
    const held = state.avals[name];
    if (!held) throw new GraphError("compile", `the state must hold "${name}"`, Object.keys(state.avals).join(", "));
    if (held.dtype !== dtype || !sameShape(held.shape, shape))
      throw new ShapeError("compile", `state "${name}" must be ${dtype} [${shape}], not ${held.dtype}`, [held.shape]);
  }
  const replaced = Object.keys(graph.nextState).find((name) => state.fixed.has(name));
  if (replaced !== undefined)
    throw new GraphError("compile", "a program must leave what is fixed in the state", `"${replaced}"`);
  return state;
}

const isOf = <S extends StateStore>(
  state: unknown,
  isOwn: (store: StateStore) => store is S,
): state is EngineState<S> => state instanceof EngineState && isOwn(state.store);

/** @throws {GraphError | ShapeError | DTypeError} for a missing or unknown feed, another shape, another type. */
function checkFeeds(wanted: Named<Aval>, feeds: Named<NDArray>): void {
  const unknown = Object.keys(feeds).find((name) => !wanted[name]);
  if (unknown !== undefined)
    throw new GraphError("run", `the graph takes ${Object.keys(wanted).join(", ") || "no feeds"}`, `"${unknown}"`);
  for (const [name, { dtype, shape }] of Object.entries(wanted)) {
    const feed = feeds[name];
    if (!feed) throw new GraphError("run", `feed "${name}" must be given, as ${dtype} [${shape}]`, "nothing");
    if (feed.dtype !== dtype) throw new DTypeError("run", `feed "${name}" must be ${dtype}`, feed.dtype);
    if (!sameShape(feed.shape, shape)) throw new ShapeError("run", `feed "${name}" must be [${shape}]`, [feed.shape]);
  }
}
