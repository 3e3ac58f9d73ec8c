import type { Aval, Graph, Named, Node, Tensor } from "@gmem/tensor";
import type { BatchAxis } from "./batch-axis.ts";
import { declareBuiltIn } from "./built-in.ts";
import { cut, piecesOfSlices, slicesTogether } from "./fewer-nodes/cut.ts";
import { fewerNodes } from "./fewer-nodes/fewer-nodes.ts";
import { packState, unpackState } from "./fewer-nodes/pack-state.ts";
import { biasFusions } from "./fuse-bias.ts";
import { GraphWriter } from "./graph-writer.ts";
import type { Lowering } from "./lowering/site.ts";
import { lowerings } from "./lowering/table.ts";
import { nodeOrder } from "./node-order.ts";
import { graphProto, modelProto, valueInfo } from "./onnx-messages.ts";
import type { Profile } from "./profile.ts";
import { stopBeforeCopies } from "./stop-before-copies.ts";
import type { Message } from "./wire-format.ts";

/** Names of a program's inputs and outputs in the ONNX graph; feeds, state and results must not collide. */
export interface Naming {
  readonly feed: (name: string) => string;
  readonly state: (name: string) => string;
  readonly fetch: (name: string) => string;
  readonly next: (name: string) => string;
}

/** The names an engine uses. */
export const engineNaming: Naming = {
  feed: (name) => `feed:${name}`,
  state: (name) => `state:${name}`,
  fetch: (name) => `fetch:${name}`,
  next: (name) => `next:${name}`,
};

/** A result of the program and the name it must get. */
export type Output = readonly [name: string, tensor: Tensor];

export function outputsOf(graph: Graph, naming: Naming): readonly Output[] {
  const fetches = Object.entries(graph.fetches).map(([name, tensor]): Output => [naming.fetch(name), tensor]);
  const next = Object.entries(graph.nextState).map(([name, tensor]): Output => [naming.next(name), tensor]);
  return [...next, ...fetches];
}

export interface BodyOptions {
  readonly writer: GraphWriter;
  readonly profile: Profile;
  /** Names of the graph's input tensors. */
  readonly inputs: ReadonlyMap<Tensor, string>;
  readonly outputs: readonly Output[];
}

/**
 * Writes the nodes of a graph. A result is named where it is computed; only one that is an input, a constant or
 * already another result is copied.
 */
export function writeBody(graph: Graph, { writer, profile, inputs, outputs }: BodyOptions): void {
  const names = new Map(inputs);
  const renamed: Output[] = [];
  for (const [name, tensor] of outputs) {
    const isPlain = tensor.node.op !== "input" && tensor.node.op !== "constant" && !names.has(tensor);
    if (isPlain) names.set(tensor, name);
    else renamed.push([name, tensor]);
  }
  const fusions = biasFusions(graph);
  const slices = profile.fewNodes ? slicesTogether(graph) : new Map<Node, never>();
  const isCut = new Set<Node>();
  const products = new Set([...fusions.values()].map(({ product }) => product));
  const operands = (node: Node): readonly Tensor[] => {
    const fusion = fusions.get(node);
    return fusion ? [...fusion.product.inputs, fusion.bias] : node.inputs;
  };
  const read = new Set(graph.nodes.filter((node) => !products.has(node)).flatMap(operands));
  for (const [, tensor] of outputs) read.add(tensor);
  const nameOf = (tensor: Tensor): string => {
    const known = names.get(tensor) ?? writer.fresh(tensor.node.op);
    names.set(tensor, known);
    return known;
  };
  for (const node of nodeOrder(graph).written) {
    if (products.has(node) || !node.outputs.some((tensor) => read.has(tensor))) continue;
    const together = slices.get(node);
    if (together) {
      writer.label("cut");
      const [whole] = node.inputs as readonly [Tensor];
      const pieces = { rows: whole.shape[0] as number, nameOf };
      if (!isCut.has(node)) cut(writer, nameOf(whole), piecesOfSlices(together, pieces));
      for (const slice of together) isCut.add(slice as unknown as Node);
      continue;
    }
    const fusion = fusions.get(node);
    const outputs = node.outputs.map((tensor) => (read.has(tensor) ? nameOf(tensor) : ""));
    const made = fusion?.product ?? node;
    writer.label(made.op);
    const bias = fusion && { bias: nameOf(fusion.bias) };
    lower(made, { writer, profile, inputs: made.inputs.map(nameOf), ...bias, outputs });
  }
  writer.label("result");
  for (const [name, tensor] of renamed) writer.emitTo([name], "Identity", [nameOf(tensor)]);
}

type Names = Omit<Parameters<Lowering<"add">>[0], "node">;

function lower(node: Node, names: Names): void {
  if (node.op === "input") return;
  const lowering = lowerings[node.op] as (site: Names & { node: Node }) => void;
  lowering({ node, ...names });
}

/** The tensors that stand for feeds and state, with their names. */
export function namedInputs(graph: Graph, naming: Naming): Map<Tensor, string> {
  const names = new Map<Tensor, string>();
  for (const [name, tensor] of Object.entries(graph.inputs.feeds)) names.set(tensor, naming.feed(name));
  for (const [name, tensor] of Object.entries(graph.inputs.state)) names.set(tensor, naming.state(name));
  return names;
}

/** Declarations of named values; lengths that follow the batch are declared by its name. */
export const declare = (values: Named<Aval>, name: (name: string) => string, batch?: BatchAxis): readonly Message[] =>
  Object.entries(values).map(([key, { dtype, shape }]) => valueInfo(name(key), dtype, batch?.declared(shape) ?? shape));

/** Writes all nodes of one run of a graph, under the names that an engine uses. */
export function writeRun(graph: Graph, { writer, profile }: Pick<BodyOptions, "writer" | "profile">): void {
  const naming = engineNaming;
  const { graph: body, packs } = profile.fewNodes ? fewerNodes(graph) : { graph, packs: [] };
  for (const pack of packs) packState(writer, pack, { from: naming.state, to: naming.state(pack.name) });
  writeBody(body, { writer, profile, inputs: namedInputs(body, naming), outputs: outputsOf(body, naming) });
  for (const pack of packs) unpackState(writer, pack, { from: naming.next, to: naming.next(pack.name) });
}

/** The ONNX model of one run of a graph; state at `places` is not an input, but built in. */
export function runProgram(graph: Graph, profile: Profile, places: Named<string> = {}): Uint8Array {
  const writer = new GraphWriter();
  const naming = engineNaming;
  declareBuiltIn(writer, { graph, places, name: naming.state });
  const state = Object.fromEntries(Object.entries(graph.state).filter(([name]) => !(name in places)));
  writeRun(graph, { writer, profile });
  const whole = graphProto("run", {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [...declare(graph.feeds, naming.feed), ...declare(state, naming.state)],
    outputs: [
      ...(profile.stopsBeforeCopies ? [stopBeforeCopies(writer)] : []),
      ...declare(graph.fetches, naming.fetch),
      ...declare(graph.nextState, naming.next),
    ],
  });
  return modelProto(whole, { contrib: writer.usesContrib }).finish();
}
