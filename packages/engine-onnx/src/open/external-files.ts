import { GMemError } from "@gmem/tensor";

type Kind = "model" | "graph" | "node" | "attribute" | "tensor" | "sparse" | "function" | "entry";

/** The fields of onnx.proto that lead from a model to the places of its tensors. */
const fields: { readonly [K in Kind]: Readonly<Record<number, Kind>> } = {
  model: { 7: "graph", 25: "function" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  function: { 7: "node" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry" },
  entry: {},
};

/**
 * Names of the files beside a model that hold its tensors, each once.
 * @throws {GMemError} code `FORMAT` for bytes that are no ONNX model, or a name that leads out of the model's folder.
 */
export function externalFiles(path: string, bytes: Uint8Array): readonly string[] {
  const refuse = (rule: string, got: string): never => {
    throw new GMemError("FORMAT", `${path}: ${rule}, got ${got}`);
  };
  const locations = new Set<string>();
  let graphs = 0;
  const walk = (kind: Kind, message: Uint8Array): void => {
    if (kind === "graph") graphs++;
    const texts = new Map<number, string>();
    for (const [field, value] of lengthFields(message)) {
      const inner = fields[kind][field];
      if (inner) walk(inner, value);
      else if (kind === "entry") texts.set(field, new TextDecoder().decode(value));
    }
    if (texts.get(1) === "location") locations.add(texts.get(2) ?? "");
  };
  try {
    walk("model", bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse("must be an ONNX file", `bytes of something else (${error.message})`);
  }
  if (graphs === 0) refuse("must be an ONNX file with a graph", "none");
  for (const location of locations)
    if (location === "" || /^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(location))
      refuse("tensors must lie in files below the model's folder", `"${location}"`);
  return [...locations];
}

/** Number and content of each field of a protobuf message that has a length. @throws {RangeError} where it is malformed. */
function* lengthFields(bytes: Uint8Array): Generator<readonly [field: number, value: Uint8Array]> {
  let at = 0;
  const take = (length: number): number => {
    at += length;
    if (at > bytes.length) throw new RangeError(`a field of ${length} bytes does not fit`);
    return at - length;
  };
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[take(1)] as number;
      value += (byte & 127) * 128 ** i;
      if (byte < 128) return value;
    }
    throw new RangeError("a number of more than ten bytes");
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 0) varint();
    else if (kind === 1) take(8);
    else if (kind === 5) take(4);
    else if (kind === 2) {
      const length = varint();
      yield [Math.floor(tag / 8), bytes.subarray(take(length), at)];
    } else throw new RangeError(`a field of wire type ${kind}`);
  }
}
