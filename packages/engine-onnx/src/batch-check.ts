import { type Graph, GraphError, type Node, type OpAttrs } from "@gmem/tensor";
import { BatchAxis } from "./batch-axis.ts";

export interface DynamicBatch {
  /** What the axis is called in the file. */
  readonly name: string;
  /** Feeds whose first axis is the batch. */
  readonly feeds: readonly string[];
}

const isPrime = (n: number): boolean => {
  for (let k = 2; k * k <= n; k++) if (n % k === 0) return false;
  return n > 1;
};

const advice = "trace the function with another prime batch size, such as 13 or 17, that divides no other length";

/**
 * The batch axis of a graph, checked: the batch size it was traced with is a prime that divides no other length, so that
 * every multiple of it in the graph is the batch.
 * @param given the value of the file whose first axis tells the batch at run time; default: the first of the feeds.
 * @throws {GraphError} if it is not, or if a feed is unknown.
 */
export function batchAxis(graph: Graph, { name, feeds }: DynamicBatch, given?: string): BatchAxis {
  const source = given ?? feeds[0];
  const size = graph.feeds[feeds[0] ?? ""]?.shape[0];
  if (source === undefined || size === undefined)
    throw new GraphError("exportOnnx", "dynamicBatch.feeds must name feeds with a batch axis", String(feeds));
  if (!isPrime(size)) throw new GraphError("exportOnnx", `for a dynamic batch ${advice}`, String(size));
  const batch = new BatchAxis({ name, size, source });
  for (const [feed, { shape }] of Object.entries(graph.feeds)) {
    const isBatched = feeds.includes(feed);
    if (isBatched && shape[0] !== size)
      throw new GraphError("exportOnnx", `feed "${feed}" must begin with ${size}`, `[${shape}]`);
    refuse(batch, `feed "${feed}"`, isBatched ? shape.slice(1) : shape);
  }
  for (const [entry, { shape }] of Object.entries(graph.state)) refuse(batch, `state "${entry}"`, shape);
  for (const node of graph.nodes) checkNode(batch, node);
  return batch;
}

function refuse(batch: BatchAxis, what: string, shape: readonly number[]): void {
  if (shape.some((length) => batch.holds(length)))
    throw new GraphError(
      "exportOnnx",
      `${what} has a length that could be the batch (${batch.size}); ${advice}`,
      `[${shape}]`,
    );
}

/** A length that follows the batch must come from one that does, on the same axis where the operation keeps axes. */
function checkNode(batch: BatchAxis, node: Node): void {
  if (node.op === "constant") refuse(batch, "a constant", (node.attrs as OpAttrs["constant"]).value.shape);
  const changesLengths = ["concat", "slice", "pad", "split", "conv2d", "conv2dInputGrad", "topK"].includes(node.op);
  if (!changesLengths) return;
  for (const { shape } of node.outputs)
    shape.forEach((length, axis) => {
      const sources = node.op === "concat" ? node.inputs : node.inputs.slice(0, 1);
      const followed = sources.map((tensor) => batch.holds(tensor.shape[axis] ?? 0));
      if (followed.some((follows) => follows !== batch.holds(length)))
        throw new GraphError(
          "exportOnnx",
          `${node.op} makes or breaks a length that is a multiple of the batch (${batch.size}); ${advice}`,
          `[${shape}]`,
        );
    });
}
