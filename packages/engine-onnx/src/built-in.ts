import type { Aval, Graph, Named, Tensor } from "@gmem/tensor";
import type { GraphWriter } from "./graph-writer.ts";
import { externalTensorProto } from "./onnx-messages.ts";
import { bytesOf } from "./peak.ts";

/** Parameters up to this size are built in: each program lays them out anew for its products, beside the state. */
const limit = 2 ** 28;

/**
 * Fixed arrays of the state that a program has inside, by name, with the place that its worker finds them by. Constants are
 * laid out once for the kernels, and not at each run.
 */
export function builtIn(graph: Graph, fixed: ReadonlySet<string>): Named<string> {
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const isRead = (name: string): boolean => read.has(graph.inputs.state[name] as Tensor);
  const held = Object.entries(graph.state).filter(([name]) => fixed.has(name) && isRead(name));
  const bytes = held.reduce((sum, [, aval]) => sum + bytesOf(aval), 0);
  return bytes > limit ? {} : Object.fromEntries(held.map(([name], i) => [name, `fixed-${i}`]));
}

/** Declares them as constants, under the names that they would have as inputs. */
export function declareBuiltIn(writer: GraphWriter, { graph, places, name }: BuiltIn): void {
  for (const [key, file] of Object.entries(places)) {
    const aval = graph.state[key] as Aval;
    const location = { file, offset: 0, length: bytesOf(aval) };
    writer.initializers.push(externalTensorProto(name(key), aval.dtype, { shape: aval.shape, location }));
  }
}

interface BuiltIn {
  readonly graph: Graph;
  readonly places: Named<string>;
  readonly name: (name: string) => string;
}
