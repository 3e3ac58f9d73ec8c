import { type Aval, type Graph, mapNamed, type Named, replay, sizeOf, type Tensor, trace } from "@gmem/tensor";
import { alikeUpdates, type Update } from "./alike-updates.ts";
import { byRow, type Group, joined, type Pack, packsOf, piecesOf } from "./pack.ts";
import { squaresTogether, sumOfSquares } from "./sum-of-squares.ts";

export interface PackedGraph {
  readonly graph: Graph;
  readonly packs: readonly Pack[];
}

/**
 * The same program with an optimizer's work done on a few long arrays instead of one parameter after the other, and with
 * the state that it replaces held in such arrays.
 */
export function packedUpdates(graph: Graph): PackedGraph {
  const groups = alikeUpdates(graph).flatMap(byRow);
  const packs = groups.map(packsOf);
  if (groups.length === 0) return { graph, packs: [] };
  const inside = new Set(packs.flat().flatMap(({ members }) => members.map(({ name }) => name)));
  const squares = sumOfSquares(graph, groups);
  const packed = trace({ feeds: graph.feeds, state: stateAvals(graph, packs.flat(), inside) }, ({ feeds, state }) => {
    const given = new Map<Tensor, Tensor>();
    for (const [name, tensor] of Object.entries(graph.inputs.feeds)) given.set(tensor, feeds[name] as Tensor);
    for (const [name, tensor] of Object.entries(graph.inputs.state)) if (state[name]) given.set(tensor, state[name]);
    for (const pack of packs.flat())
      for (const [name, piece] of piecesOf(pack, state[pack.name] as Tensor))
        given.set(graph.inputs.state[name] as Tensor, piece);
    const now = replay(graph.nodes, {
      given,
      rule: (node, _, now) => (node === squares?.root.node ? [squaresTogether(squares, now)] : undefined),
    });
    const kept = Object.entries(graph.nextState).filter(([name]) => !inside.has(name));
    const made = groups.map((group, i) => together(group, { graph, packs: packs[i] as readonly Pack[], state, now }));
    return {
      fetches: mapNamed(graph.fetches, now),
      nextState: Object.assign(mapNamed(Object.fromEntries(kept), now), ...made) as Named<Tensor>,
    };
  });
  return { graph: packed, packs: packs.flat() };
}

/** State that is not packed as it was, and the packs. */
function stateAvals(graph: Graph, packs: readonly Pack[], inside: ReadonlySet<string>): Named<Aval> {
  const kept = Object.entries(graph.state).filter(([name]) => !inside.has(name));
  const held = packs.map(({ name, dtype, shape }) => [name, { dtype, shape }] as const);
  return Object.fromEntries([...kept, ...held]);
}

interface Place {
  readonly graph: Graph;
  /** One for each result of an update. */
  readonly packs: readonly Pack[];
  readonly state: Named<Tensor>;
  readonly now: (tensor: Tensor) => Tensor;
}

/** The operations of one update, on the joined arrays of all: the new packs. */
function together(group: Group, { graph, packs, state, now }: Place): Named<Tensor> {
  const [model] = group.updates as readonly [Update];
  const given = new Map<Tensor, Tensor>();
  for (const { inputs } of model.nodes)
    for (const operand of inputs) if (sizeOf(operand.shape) === 1) given.set(operand, now(operand));
  for (const [k, tensor] of model.from.entries()) {
    const j = model.makes.findIndex(({ name }) => graph.inputs.state[name] === tensor);
    given.set(tensor, j < 0 ? joined(group, k, now) : (state[(packs[j] as Pack).name] as Tensor));
  }
  const made = replay(model.nodes, { rule: () => undefined, given });
  return Object.fromEntries(model.makes.map(({ tensor }, j) => [(packs[j] as Pack).name, made(tensor)]));
}
