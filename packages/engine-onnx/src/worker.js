// The thread that owns onnxruntime: sessions, and the arrays that stay between runs. onnxruntime-node runs synchronously,
// so everything happens in the order in which the messages arrive. Plain JavaScript: Node 20 loads it from source too.
import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";

const ortType = { f32: "float32", f64: "float64", f16: "float16", i32: "int32", bool: "bool" };
const storage = { f32: Float32Array, f64: Float64Array, f16: Uint16Array, i32: Int32Array, bool: Uint8Array };
const { device, niceness = 0, sessionOptions, probe } = workerData;
// Linux has a nice value for each thread, 0 being the one that asks; onnxruntime's threads are made by this one and take it over
if (niceness > 0 && process.platform === "linux") setPriority(0, Math.min(19, getPriority(0) + niceness));
const onGpu = device === "webgpu";
// Node 24 has Float16Array, and onnxruntime-common wraps float16 in it where there is one; the binding takes Uint16Array
// only ("not enough space"). This thread is ours: it does without, on every Node.
delete globalThis.Float16Array;

/** @type {typeof import("onnxruntime-node")} */
let ort;
let inPlaceWorks = false;
/** The first output of every program keeps the binding from copying the others (stop-before-copies.ts). */
let stopWorks = false;
const sessions = new Map();
/** The ONNX file that this worker was started for (open/open-onnx.ts): its session, inputs and outputs. */
let file;
const states = new Map();
const copySessions = new Map();

const sizeOf = (shape) => shape.reduce((size, n) => size * n, 1);
const tensorOf = ({ dtype, shape, data }) => new ort.Tensor(ortType[dtype], data, shape);
const emptyTensor = ({ dtype, shape }) => tensorOf({ dtype, shape, data: new storage[dtype](sizeOf(shape)) });
/** Raw storage of a tensor, whatever view the binding shows it by. */
const dataOf = (tensor, dtype) => {
  const { data } = tensor;
  return data instanceof storage[dtype] ? data : new storage[dtype](data.buffer, data.byteOffset, data.length);
};
const copyOf = (data) => data.slice();

const createSession = (bytes, options = {}) => ort.InferenceSession.create(bytes, { ...sessionOptions, ...options });

/** Runs a program; its results are in the tensors of `outputs`, or in new ones where those are null. */
async function execute(session, inputs, outputs) {
  if (!stopWorks) return session.run(inputs, outputs);
  try {
    await session.run(inputs, { done: null, ...outputs });
  } catch (error) {
    if (!/Non tensor type/.test(error.message)) throw error;
  }
  return outputs;
}

const tensorOfThree = (...values) => new ort.Tensor("float32", Float32Array.from(values), [3]);

/** Whether a counter, run twice, has written its state into the tensor `to` and nowhere else. */
async function counts(session, to, expected) {
  const state = tensorOfThree(1, 2, 3);
  const step = tensorOfThree(10, 20, 30);
  const target = to === "state" ? state : tensorOfThree(0, 0, 0);
  try {
    for (let i = 0; i < 2; i++) await execute(session, { "state:s": state, "feed:x": step }, { "next:s": target });
  } catch {
    return false; // an onnxruntime that refuses
  }
  return String(target.data) === expected;
}

/** Runs a small program: whether the device computes rightly, and what this onnxruntime allows. */
async function open() {
  ({ default: ort } = await import("onnxruntime-node"));
  ort.env.logLevel = "fatal"; // what goes wrong is thrown, and need not be printed as well
  const session = await createSession(probe);
  const feeds = { "state:s": tensorOfThree(1, 2, 3), "feed:x": tensorOfThree(10, 20, 30) };
  const result = await session.run(feeds, { "next:s": null });
  if (String(result["next:s"].data) !== "11,22,33")
    return { error: { code: "ENGINE", message: "a test program gave wrong numbers" } };
  if (!onGpu) {
    stopWorks = true;
    stopWorks = await counts(session, "other", "11,22,33");
    inPlaceWorks = await counts(session, "state", "21,42,63");
  }
  await session.release();
  return { value: { stopWorks, inPlaceWorks } };
}

async function compile({ id, model, feeds, fetches, state }) {
  // the session reads them where they lie, so that the arrays live as long as it does
  const externalData = (state?.builtIn ?? []).map(({ path, key }) => {
    const { buffer, byteOffset, byteLength } = states.get(state.id).get(key).tensor.data;
    return { path, data: new Uint8Array(buffer, byteOffset, byteLength) };
  });
  const names = state?.next.map((entry) => `next:${entry.name}`) ?? [];
  const locations = onGpu
    ? { preferredOutputLocation: Object.fromEntries(names.map((name) => [name, "gpu-buffer"])) }
    : {};
  const session = await createSession(model, {
    ...locations,
    ...(externalData.length > 0 && { externalData, graphOptimizationLevel: "all" }),
  });
  sessions.set(id, { session, feeds, fetches, state, externalData });
}

/** Where one run writes the new state: over the old one, or into the entry's second buffer. */
function destination(entry, { inPlace }) {
  if (onGpu) return null;
  if (inPlace && inPlaceWorks) return entry.tensor;
  entry.spare ??= emptyTensor(entry);
  return entry.spare;
}

function adopt(entry, tensor, session) {
  if (tensor === entry.tensor) return;
  if (onGpu) entry.tensor.dispose();
  else if (tensor === entry.spare) entry.spare = entry.tensor;
  entry.tensor = tensor;
  entry.madeBy = session;
}

/** Memory on a GPU goes with the session that it was made in: what is there of a state comes home before. */
async function bringHome(session) {
  for (const entries of states.values())
    for (const entry of entries.values()) {
      if (entry.tensor.location !== "gpu-buffer" || entry.madeBy !== session) continue;
      const data = await download(entry);
      entry.tensor.dispose();
      entry.tensor = tensorOf({ ...entry, data });
    }
}

const givenUp = { error: { code: "ABORTED", message: "given up before it began" } };

async function run({ id, feeds, flag }) {
  // 0 waiting, 1 begun, 2 given up
  if (flag && Atomics.compareExchange(new Int32Array(flag), 0, 0, 1) === 2) return givenUp;
  const program = sessions.get(id);
  const entries = program.state ? states.get(program.state.id) : undefined;
  const inputs = {};
  const outputs = {};
  for (const [name, value] of Object.entries(feeds)) inputs[`feed:${name}`] = tensorOf(value);
  for (const { name, key } of program.state?.entries ?? []) inputs[`state:${name}`] = entries.get(key).tensor;
  for (const next of program.state?.next ?? []) outputs[`next:${next.name}`] = destination(entries.get(next.key), next);
  for (const [name, aval] of Object.entries(program.fetches))
    outputs[`fetch:${name}`] = onGpu ? null : emptyTensor(aval);
  const results = await execute(program.session, inputs, outputs);
  for (const next of program.state?.next ?? [])
    adopt(entries.get(next.key), results[`next:${next.name}`], program.session);
  const fetched = {};
  const transfer = [];
  for (const [name, { dtype }] of Object.entries(program.fetches)) {
    const data = dataOf(results[`fetch:${name}`], dtype);
    fetched[name] = data;
    transfer.push(data.buffer);
  }
  return { value: fetched, transfer };
}

/** Element types of files beside those of {@link ortType}: integers are i32 outside. */
const integers = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};
const dtypeOf = (type) => Object.keys(ortType).find((dtype) => ortType[dtype] === type) ?? (integers[type] && "i32");

async function openFile({ path }) {
  const session = await createSession(path, { graphOptimizationLevel: "all" });
  const values = (all) =>
    all.map(({ name, isTensor, type, shape }) => {
      const dtype = isTensor ? dtypeOf(type) : undefined;
      return { name, dtype, type: isTensor ? type : "no tensor", shape: shape?.map((length) => length || "?") };
    });
  const inputs = values(session.inputMetadata);
  const outputs = values(session.outputMetadata).filter(({ dtype }) => dtype);
  const strange = inputs.find(({ dtype }) => !dtype);
  if (strange)
    return { error: { message: `input "${strange.name}" is of ${strange.type}, and not an array of numbers` } };
  file = { session, inputs, outputs };
  return { value: { inputs, outputs } };
}

/** i32 as another type of integers, which open/feeds.ts has found to fit. */
const integersTo = (type, data) => integers[type].from(data, /64/.test(type) ? BigInt : Number);

async function runFile({ feeds }) {
  const inputs = {};
  for (const { name, type } of file.inputs) {
    const { shape, data } = feeds[name];
    inputs[name] = new ort.Tensor(type, integers[type] ? integersTo(type, data) : data, shape);
  }
  const names = file.outputs.map(({ name }) => name);
  const results = await file.session.run(inputs, names);
  const value = {};
  for (const { name, dtype, type } of file.outputs) {
    const { data, dims } = results[name];
    const own = integers[type] ? Int32Array.from(data, Number) : copyOf(dataOf({ data }, dtype));
    const wide = integers[type] ? own.findIndex((integer, i) => integer !== Number(data[i])) : -1;
    if (wide >= 0) return { error: { message: `output "${name}" holds ${data[wide]}, which does not fit 32 bits` } };
    value[name] = { dtype, shape: [...dims], data: own };
  }
  return { value, transfer: Object.values(value).map(({ data }) => data.buffer) };
}

/** A tensor in GPU memory is read by a session that copies it to the CPU: its own `getData` ends the process. */
async function download(entry) {
  const { tensor, dtype, shape } = entry;
  if (tensor.location !== "gpu-buffer") return copyOf(dataOf(tensor, dtype));
  const key = `${dtype}[${shape}]`;
  if (!copySessions.has(key)) copySessions.set(key, await createSession(entry.copyModel, {}));
  const { y } = await copySessions.get(key).run({ x: tensor }, { y: null });
  return dataOf(y, dtype);
}

async function read({ id, keys }) {
  const entries = states.get(id);
  const value = {};
  for (const key of keys) value[key] = await download(entries.get(key));
  return { value, transfer: Object.values(value).map((data) => data.buffer) };
}

function write({ id, values }) {
  const entries = states.get(id);
  for (const [key, data] of Object.entries(values)) {
    const entry = entries.get(key);
    if (onGpu && entry.tensor.location === "gpu-buffer") entry.tensor.dispose();
    entry.tensor = tensorOf({ ...entry, data });
  }
}

const handlers = {
  open,
  compile: async (message) => ({ value: await compile(message) }),
  run,
  openFile,
  runFile,
  read,
  write: async (message) => ({ value: write(message) }),
  state: async ({ id, arrays }) => {
    const taken = new Set();
    const entries = Object.entries(arrays).map(([key, { dtype, shape, data, copyModel }]) => {
      const own = taken.has(data.buffer) ? copyOf(data) : data;
      taken.add(own.buffer);
      return [key, { dtype, shape, copyModel, tensor: tensorOf({ dtype, shape, data: own }), spare: undefined }];
    });
    states.set(id, new Map(entries));
    return {};
  },
  disposeState: async ({ id }) => {
    if (onGpu) for (const { tensor } of states.get(id)?.values() ?? []) tensor.dispose();
    states.delete(id);
    return {};
  },
  release: async ({ id }) => {
    const program = sessions.get(id);
    sessions.delete(id);
    if (!program) return {};
    await bringHome(program.session);
    await program.session.release();
    return {};
  },
  close: async () => {
    for (const { session } of sessions.values()) await session.release();
    for (const session of copySessions.values()) await session.release();
    await file?.session.release();
    sessions.clear();
    states.clear();
    return {};
  },
};

let last = Promise.resolve();
parentPort.on("message", ({ request, type, ...message }) => {
  last = last.then(async () => {
    try {
      const { value, error, transfer = [] } = await handlers[type](message);
      parentPort.postMessage({ request, value, error }, transfer);
    } catch (error) {
      parentPort.postMessage({ request, error: { code: error.code, message: String(error.message ?? error) } });
    }
  });
});
