import { type Aval, type CompileOptions, type Graph, loopFeeds, loopFetches } from "@gmem/tensor";
import { fewerNodes } from "./fewer-nodes/fewer-nodes.ts";
import { packState, unpackState } from "./fewer-nodes/pack-state.ts";
import { GraphWriter } from "./graph-writer.ts";
import { graphProto, modelProto, valueInfo } from "./onnx-messages.ts";
import type { Profile } from "./profile.ts";
import { declare, engineNaming, namedInputs, outputsOf, writeBody } from "./program.ts";
import { stopBeforeCopies } from "./stop-before-copies.ts";

type Loop = NonNullable<CompileOptions["loop"]>;

const inner = (name: string): string => `body/${name}`;

/** Writes all nodes of one step of a loop. */
export function writeStep(graph: Graph, { writer, profile, loop }: StepOptions): void {
  const naming = engineNaming;
  const carried = Object.keys(graph.nextState);
  const inputs = namedInputs(graph, naming);
  for (const name of carried) {
    const tensor = graph.inputs.state[name];
    if (tensor) inputs.set(tensor, inner(naming.state(name)));
  }
  for (const name of loop.perStep) {
    const tensor = graph.inputs.feeds[name];
    if (!tensor) continue;
    inputs.set(tensor, inner(naming.feed(name)));
    writer.emitTo([inner(naming.feed(name))], "Gather", [naming.feed(name), "body/i"], { attributes: { axis: 0 } });
  }
  writer.emitTo(["body/again"], "Identity", ["body/go"]);
  const outputs = outputsOf(graph, naming).map(([name, tensor]) => [inner(name), tensor] as const);
  writeBody(graph, { writer, profile, inputs, outputs });
}

interface StepOptions {
  readonly writer: GraphWriter;
  readonly profile: Profile;
  readonly loop: Loop;
}

/**
 * The ONNX model that runs a graph `steps` times: an ONNX `Loop` that carries what changes in the state, reads the rest
 * from outside, takes row `i` of each feed in `perStep`, and stacks the fetches.
 */
export function loopProgram(given: Graph, profile: Profile, loop: Loop): Uint8Array {
  const { graph, packs } = profile.fewNodes ? fewerNodes(given) : { graph: given, packs: [] };
  const naming = engineNaming;
  const carried = Object.keys(graph.nextState);
  const body = new GraphWriter({ prefix: "body/" });
  writeStep(graph, { writer: body, profile, loop });

  const carriedAvals = Object.fromEntries(carried.map((name) => [name, graph.state[name] as Aval]));
  const step = graphProto("step", {
    nodes: body.nodes,
    initializers: body.initializers,
    inputs: [
      valueInfo("body/i", "i64", []),
      valueInfo("body/go", "bool", []),
      ...declare(carriedAvals, (name) => inner(naming.state(name))),
    ],
    outputs: [
      valueInfo("body/again", "bool", []),
      ...declare(graph.nextState, (name) => inner(naming.next(name))),
      ...declare(graph.fetches, (name) => inner(naming.fetch(name))),
    ],
  });
  const writer = new GraphWriter();
  for (const pack of packs) packState(writer, pack, { from: naming.state, to: naming.state(pack.name) });
  const results = [...carried.map(naming.next), ...Object.keys(graph.fetches).map(naming.fetch)];
  const operands = [writer.integer(loop.steps), writer.filled(1, "bool"), ...carried.map(naming.state)];
  writer.emitTo(results, "Loop", operands, { attributes: { body: step } });
  for (const pack of packs) unpackState(writer, pack, { from: naming.next, to: naming.next(pack.name) });
  const whole = graphProto("loop", {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [...declare(loopFeeds(given, loop), naming.feed), ...declare(given.state, naming.state)],
    outputs: [
      ...(profile.stopsBeforeCopies ? [stopBeforeCopies(writer)] : []),
      ...declare(given.nextState, naming.next),
      ...declare(loopFetches(given, loop), naming.fetch),
    ],
  });
  return modelProto(whole, { contrib: body.usesContrib }).finish();
}
