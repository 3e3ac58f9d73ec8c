import {
  type Aval,
  checkLengths,
  type Graph,
  GraphError,
  type Named,
  type NDArray,
  simplify,
  type Tensor,
} from "@gmem/tensor";
import { batchAxis, type DynamicBatch } from "./batch-check.ts";
import type { ExportOptions } from "./export-onnx.ts";
import { checkNames, writeOnnxFile } from "./export-onnx-file.ts";
import { GraphWriter } from "./graph-writer.ts";
import { graphProto, valueInfo } from "./onnx-messages.ts";
import { profiles } from "./profile.ts";
import { declare, type Naming, namedInputs, outputsOf, writeBody } from "./program.ts";
import type { Message } from "./wire-format.ts";

/** Steps of one kind, taken one after another. */
export interface LoopSegment {
  /** One step. Its fetches are carried: each names a feed that takes the value in the next step. */
  readonly step: Graph;
  readonly steps: number;
  /** Constants of the file [steps,…]: step i takes row i of each as the feed of that name. */
  readonly perStep: Named<NDArray>;
}

export interface LoopsOptions extends ExportOptions {
  /** Runs once, first. Its feeds are the file's inputs; by its fetches steps find what they carry at first, and what stays. */
  readonly before: Graph;
  /** Run after one another; the results of the last are the file's outputs. */
  readonly segments: readonly LoopSegment[];
  /** Feeds of steps that are further inputs of the file: `{ eps: "noises" }` takes row i of noises [all steps,…] in step i. */
  readonly rows?: Named<string>;
}

const where = "exportOnnxLoops";
const naming: Naming = { feed: (n) => n, state: (n) => n, fetch: (n) => n, next: (n) => n };
/** What the first graph computes. */
const held = (name: string): string => `held/${name}`;

/**
 * Writes loops of traced steps as one ONNX file: an ONNX `Loop` for each segment, the parameters once for all of them.
 * Parameters carry the names of state, which every step and `before` may have.
 * @returns the files written.
 * @throws {GraphError} if a step has a feed that nothing gives or the batch is fixed, `ShapeError` if a parameter
 * does not fit.
 * @example
 * const before = trace({ feeds: { start: f32(13) } }, ({ feeds }) => ({ fetches: { x: feeds.start } }));
 * const step = trace({ feeds: { x: f32(13), h: f32() } }, ({ feeds: { x, h } }) => ({ fetches: { x: x.add(x.mul(h)) } }));
 * const segments = [{ step, steps: 3, perStep: { h: array([0.5, 0.25, 0.125]) } }];
 * const dynamicBatch = { name: "batch", feeds: ["start"] };
 * await exportOnnxLoops({ path: "growth.onnx", before, segments, dynamicBatch }); // start [batch] → x [batch]
 */
export async function exportOnnxLoops(options: LoopsOptions): Promise<readonly string[]> {
  const { parameters = {}, rows = {}, dynamicBatch } = options;
  for (const graph of [options.before, ...options.segments.map(({ step }) => step)]) checkLengths(graph);
  const before = simplify(options.before);
  const segments = options.segments.map((segment) => ({ ...segment, step: simplify(segment.step) }));
  const stacks = stackedInputs(segments, rows);
  const state = Object.assign({}, before.state, ...segments.map(({ step }) => step.state)) as Named<Aval>;
  const last = segments.at(-1)?.step.fetches ?? {};
  checkNames(where, parameters, { inputs: [before.feeds, stacks, state], outputs: Object.keys(last) });
  const missing = Object.keys(state).find((name) => !Object.hasOwn(parameters, name));
  if (missing !== undefined) throw new GraphError(where, "parameters must hold all state", `nothing for "${missing}"`);

  const batch = dynamicBatch && batchAxis(before, dynamicBatch);
  const writer = new GraphWriter({ batch });
  const outputs = outputsOf(before, { ...naming, fetch: held });
  writeBody(before, { writer, profile: profiles.portable, inputs: namedInputs(before, naming), outputs });
  const values = new Map(Object.keys(before.fetches).map((name) => [name, held(name)]));
  let first = 0;
  segments.forEach((segment, i) => {
    const carried = Object.keys(segment.step.fetches);
    const results = carried.map((name) => (i === segments.length - 1 ? name : `segment${i}/${name}`));
    const body = loopBody(segment, { prefix: `loop${i}/`, first, values, rows, dynamicBatch });
    const operands = [
      writer.integer(segment.steps),
      writer.filled(1, "bool"),
      ...carried.map((name) => at(values, name)),
    ];
    writer.label("loop");
    writer.emitTo(results, "Loop", operands, { attributes: { body } });
    carried.forEach((name, k) => {
      values.set(name, results[k] as string);
    });
    first += segment.steps;
  });
  return writeOnnxFile(options, {
    writer,
    inputs: [...declare(before.feeds, naming.feed, batch), ...declare(stacks, naming.feed, batch)],
    outputs: declare(last, naming.fetch, batch),
  });
}

/** Inputs with a row for each step. */
function stackedInputs(segments: readonly LoopSegment[], rows: Named<string>): Named<Aval> {
  const total = segments.reduce((sum, { steps }) => sum + steps, 0);
  return Object.fromEntries(
    Object.entries(rows).flatMap(([feed, input]) => {
      const aval = segments.find(({ step }) => step.feeds[feed])?.step.feeds[feed];
      return aval ? [[input, { dtype: aval.dtype, shape: [total, ...aval.shape] }]] : [];
    }),
  );
}

function at(values: ReadonlyMap<string, string>, name: string): string {
  const value = values.get(name);
  if (value === undefined)
    throw new GraphError(
      where,
      `feeds of a step must be among ${[...values.keys()].join(", ")}, perStep and rows`,
      `"${name}"`,
    );
  return value;
}

interface Surroundings {
  readonly prefix: string;
  /** The number of the segment's first step. */
  readonly first: number;
  /** Names of what stands outside, which a body may read. */
  readonly values: ReadonlyMap<string, string>;
  readonly rows: Named<string>;
  readonly dynamicBatch: DynamicBatch | undefined;
}

/** The body of a `Loop`: (i, go, carried) → (go, carried), which reads everything else from outside. */
function loopBody({ step, perStep }: LoopSegment, surroundings: Surroundings): Message {
  const { prefix, first, values, rows, dynamicBatch } = surroundings;
  const inner = (name: string): string => `${prefix}${name}`;
  const batch = dynamicBatch && stepAxis(step, dynamicBatch);
  const writer = new GraphWriter({ prefix, batch });
  const index = inner("i");
  const names = new Map<Tensor, string>();
  for (const [name, tensor] of Object.entries(step.inputs.state)) names.set(tensor, name);
  for (const [name, tensor] of Object.entries(step.inputs.feeds)) {
    const isOutside = !Object.hasOwn(step.fetches, name) && !Object.hasOwn(perStep, name) && !Object.hasOwn(rows, name);
    names.set(tensor, isOutside ? at(values, name) : inner(name));
  }
  for (const [name, value] of Object.entries(perStep)) {
    writer.constant(inner(`all/${name}`), value);
    writer.emitTo([inner(name)], "Gather", [inner(`all/${name}`), index], { attributes: { axis: 0 } });
  }
  for (const [name, input] of Object.entries(rows)) {
    if (!step.feeds[name]) continue;
    const row = writer.emit("Add", [index, writer.integer(first)]);
    writer.emitTo([inner(name)], "Gather", [input, row], { attributes: { axis: 0 } });
  }
  writer.emitTo([inner("again")], "Identity", [inner("go")]);
  const next = (name: string): string => inner(`next/${name}`);
  const outputs = Object.entries(step.fetches).map(([name, tensor]) => [next(name), tensor] as const);
  writeBody(step, { writer, profile: profiles.portable, inputs: names, outputs });
  return graphProto("step", {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [valueInfo(index, "i64", []), valueInfo(inner("go"), "bool", []), ...declare(step.fetches, inner, batch)],
    outputs: [valueInfo(inner("again"), "bool", []), ...declare(step.fetches, next, batch)],
  });
}

/** The batch axis in a step: told by the same input as outside. */
function stepAxis(step: Graph, { name, feeds }: DynamicBatch): ReturnType<typeof batchAxis> {
  const carried = Object.keys(step.fetches);
  const size = step.feeds[carried[0] ?? ""]?.shape[0];
  const others = Object.keys(step.feeds).filter(
    (feed) => !carried.includes(feed) && step.feeds[feed]?.shape[0] === size,
  );
  return batchAxis(step, { name, feeds: [...carried, ...others] }, feeds[0]);
}
