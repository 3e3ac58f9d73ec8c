import { type Graph, type Node, nodeKeys, type OpName, sameShape, sizeOf, type Tensor } from "@gmem/tensor";

/** What becomes of one parameter and what is kept about it: the operations between its gradient and its new state. */
export interface Update {
  /** Operands first, in one order for all updates that are alike. */
  readonly nodes: readonly Node[];
  /** Arrays of the parameter's shape that it begins with: old state, and the gradient. */
  readonly from: readonly Tensor[];
  /** The state that it makes, in the order of the nodes. */
  readonly makes: readonly { readonly name: string; readonly tensor: Tensor }[];
}

const elementwise: ReadonlySet<OpName> = new Set([
  ...(["neg", "abs", "exp", "log", "sqrt", "reciprocal", "tanh", "sigmoid"] as const),
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "where"] as const),
]);

/**
 * The updates of a graph that are the same operations on arrays of their own, element by element: those of an optimizer,
 * parameter by parameter. Where they begin is told by the last number that all of them wait for, such as whether the norm of
 * all gradients is finite.
 */
export function alikeUpdates(graph: Graph): readonly (readonly Update[])[] {
  const made = Object.entries(graph.nextState).filter(
    ([, { shape, node }]) => sizeOf(shape) > 1 && elementwise.has(node.op),
  );
  const late = afterTheLast(
    graph,
    made.map(([, tensor]) => tensor),
  );
  if (!late) return [];
  const updates = separate(made, late).filter(isElementwise);
  const alike = new Map<string, Update[]>();
  const keyOf = nodeKeys();
  for (const update of updates) {
    const form = formOf(graph, update, keyOf);
    alike.set(form, [...(alike.get(form) ?? []), update]);
  }
  return [...alike.values()].filter((group) => group.length > 1);
}

/** Nodes that depend on the last number on which all of the results depend; undefined if there is none. */
function afterTheLast({ nodes }: Graph, results: readonly Tensor[]): ReadonlySet<Node> | undefined {
  if (results.length === 0) return undefined;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const last = nodes[i] as Node;
    if (last.inputs.length === 0 || !last.outputs.every(({ shape }) => sizeOf(shape) === 1)) continue;
    const after = new Set<Node>([last]);
    for (const node of nodes.slice(i + 1))
      if (node.inputs.some(({ node: source }) => after.has(source))) after.add(node);
    if (results.every(({ node }) => after.has(node))) return after;
  }
  return undefined;
}

/** The operations of each result that is not on the way to another, with what is made on its way. */
function separate(made: readonly (readonly [string, Tensor])[], late: ReadonlySet<Node>): readonly Update[] {
  const cones = made.map(([name, tensor]) => ({ name, tensor, own: cone(tensor, late) }));
  const whole = cones.filter(
    ({ tensor, own }) => !cones.some((other) => other.own !== own && other.own.has(tensor.node)),
  );
  const updates = whole.map(({ own }): Update => {
    const steps = [...own];
    const operands = steps.flatMap(({ inputs }) => inputs);
    const from = [...new Set(operands)].filter(({ node, shape }) => !own.has(node) && sizeOf(shape) > 1);
    const makes = steps.flatMap((node) => cones.filter(({ tensor }) => tensor.node === node));
    return { nodes: steps, from, makes: makes.map(({ name, tensor }) => ({ name, tensor })) };
  });
  const makers = new Map<string, number>();
  for (const { makes } of updates) for (const { name } of makes) makers.set(name, (makers.get(name) ?? 0) + 1);
  return updates.filter(({ makes }) => makes.every(({ name }) => makers.get(name) === 1));
}

/** The late operations on arrays of its shape that a result comes from, in an order that depends on how they hang together alone. */
function cone({ node: result, shape }: Tensor, late: ReadonlySet<Node>): ReadonlySet<Node> {
  const own = new Set<Node>();
  const visit = (node: Node): void => {
    if (own.has(node)) return;
    for (const { node: source, shape: size } of node.inputs)
      if (late.has(source) && sizeOf(size) > 1 && sameShape(size, shape)) visit(source);
    own.add(node);
  };
  visit(result);
  return own;
}

/** Whether it is all of one shape, element by element. */
function isElementwise({ nodes, from, makes }: Update): boolean {
  const shape = (makes[0] as Update["makes"][number]).tensor.shape;
  const isOwnShape = (tensor: Tensor): boolean => tensor.dtype !== "bool" && sameShape(tensor.shape, shape);
  return nodes.every(({ op, outputs }) => elementwise.has(op) && outputs.every(isOwnShape)) && from.every(isOwnShape);
}

/** A text that is equal for updates that differ in their arrays alone. */
function formOf(graph: Graph, { nodes, from, makes }: Update, keyOf: ReturnType<typeof nodeKeys>): string {
  const index = new Map<Tensor, number>();
  for (const tensor of [...from, ...nodes.flatMap(({ outputs }) => outputs)]) index.set(tensor, index.size);
  const operand = (tensor: Tensor): string =>
    index.has(tensor) ? `#${index.get(tensor)}` : keyOf({ op: "reshape", inputs: [tensor], attrs: { shape: [] } });
  const lines = nodes.map((node) => {
    const attributes = keyOf({ op: node.op, inputs: [], attrs: node.attrs });
    return `${attributes}(${node.inputs.map(operand)})`;
  });
  // which of the results replaces which of the arrays
  const results = makes.map(
    ({ name, tensor }) => `${index.get(tensor)}→${index.get(graph.inputs.state[name] as Tensor)}`,
  );
  return [...lines, ...results].join(";");
}
