import type { GraphWriter } from "./graph-writer.ts";
import { elementCode, sequenceInfo } from "./onnx-messages.ts";
import type { Message } from "./wire-format.ts";

/**
 * An output that comes first in every program of the engine: an empty sequence, which onnxruntime-node cannot turn into
 * JavaScript. It copies each result after a run, the whole state too, although all of it lies in tensors that the engine
 * has handed in. Asking for this output makes it stop with an error before the first copy, when the run is done. The
 * worker tries at its start whether that is so, and else does not ask for it.
 */
export function stopBeforeCopies(writer: GraphWriter): Message {
  writer.label("done");
  writer.emitTo(["done"], "SequenceEmpty", [], { attributes: { dtype: elementCode.f32 } });
  return sequenceInfo("done");
}
