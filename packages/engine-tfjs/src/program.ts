import {
  type Aval,
  type Graph,
  mapNamed,
  type Named,
  type NDArray,
  type Node,
  type OpName,
  type Tensor,
  UnsupportedOpError,
} from "@gmem/tensor";
import { type Device, dtypes } from "./device.ts";
import type { Backend, Lowering, Step } from "./kernels/backend.ts";
import { lowerings } from "./kernels/table.ts";
import type { Value } from "./tensorflow.ts";

interface Instruction {
  readonly step: Step;
  readonly operands: readonly Tensor[];
  readonly results: readonly Tensor[];
  /** Values that nothing reads from here on. */
  readonly last: readonly Tensor[];
}

export interface Results {
  readonly fetches: Named<Value>;
  readonly nextState: Named<Value>;
}

/**
 * A graph as a list of kernels, each followed by the values that it was the last to read: a run holds no more than what
 * is still needed.
 */
export class Program {
  readonly #device: Device;
  readonly #graph: Graph;
  readonly #constants = new Map<Tensor, Value>();
  /** What lowerings keep on the device: constants of the graph and numbers of their own. */
  readonly #kept: Value[] = [];
  readonly #instructions: readonly Instruction[];

  /** @throws {UnsupportedOpError} if an operation has no kernel for its element types. */
  constructor(graph: Graph, device: Device) {
    this.#device = device;
    this.#graph = graph;
    checkTypes(graph, device);
    try {
      this.#instructions = this.#compiled();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Takes over the feeds; gives values that the caller disposes. The state's values stay as they are. */
  run(feeds: Named<Value>, state: Named<Value>): Results {
    const { tf } = this.#device;
    const { inputs, fetches, nextState } = this.#graph;
    const owned = new Map<Tensor, Value>();
    const values = new Map(this.#constants);
    for (const [name, value] of Object.entries(state)) values.set(inputs.state[name] as Tensor, value);
    for (const [name, value] of Object.entries(feeds)) owned.set(inputs.feeds[name] as Tensor, value);
    const find = (tensor: Tensor): Value => (owned.get(tensor) ?? values.get(tensor)) as Value;
    const shared = (named: Named<Tensor>): Named<Value> =>
      mapNamed(named, (tensor) => this.#device.share(find(tensor)));
    try {
      for (const { step, operands, results, last } of this.#instructions) {
        const given = operands.map(find);
        tf.tidy(() => {
          [step(...given)].flat().forEach((value, i) => {
            const own = given.includes(value) ? this.#device.share(value) : value;
            owned.set(results[i] as Tensor, tf.keep(own));
          });
        });
        for (const tensor of last) {
          owned.get(tensor)?.dispose();
          owned.delete(tensor);
        }
      }
      return { fetches: shared(fetches), nextState: shared(nextState) };
    } finally {
      for (const value of owned.values()) value.dispose();
    }
  }

  dispose(): void {
    for (const value of this.#kept.splice(0)) value.dispose();
  }

  #compiled(): readonly Instruction[] {
    const { nodes, fetches, nextState } = this.#graph;
    const needed = new Set([...Object.values(fetches), ...Object.values(nextState)]);
    const seen = new Set(needed);
    const instructions: Instruction[] = [];
    // from the end: the first reader that is met is the last one to run
    for (const node of nodes.toReversed()) {
      if (node.op === "input") continue;
      if (node.op === "constant") {
        this.#constants.set(node.outputs[0] as Tensor, this.#lowered(node)() as Value);
        continue;
      }
      const last = [...new Set([...node.outputs, ...node.inputs])].filter((tensor) => !seen.has(tensor));
      for (const tensor of last) seen.add(tensor);
      instructions.push({ step: this.#lowered(node), operands: node.inputs, results: node.outputs, last });
    }
    return instructions.reverse();
  }

  #lowered(node: Node): Step {
    return (lowerings[node.op] as Lowering<OpName>)(node, this.#backend(node.op));
  }

  /** The backend as one operation sees it. */
  #backend(op: OpName): Backend {
    const { tf, name: engine, backend } = this.#device;
    const refuse = (hint: string): never => {
      throw new UnsupportedOpError(engine, op, hint);
    };
    return {
      refuse,
      has: (kernel) => tf.getKernel(kernel, backend) !== undefined,
      kernel: <R>(kernel: string) => {
        if (!tf.getKernel(kernel, backend)) refuse(`tf's backend "${backend}" has no kernel ${kernel}`);
        const runner = tf.engine();
        return (inputs, attributes) =>
          runner.runKernel(kernel, inputs as Record<string, Value>, attributes as Record<string, never>) as R;
      },
      keep: (x: NDArray) => {
        const value = this.#device.put(x);
        this.#kept.push(value);
        return value;
      },
    };
  }
}

function checkTypes({ nodes, feeds, state }: Graph, { name }: Device): void {
  const check = (op: string, { dtype }: Aval): void => {
    if (!dtypes.has(dtype))
      throw new UnsupportedOpError(name, op, `tf has ${[...dtypes].join(", ")}, not ${dtype}; compute in f32`);
  };
  for (const aval of [...Object.values(feeds), ...Object.values(state)]) check("input", aval);
  for (const { op, outputs } of nodes) for (const output of outputs) check(op, output);
}
