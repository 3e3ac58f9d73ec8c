export {
  type CheckpointConditioner,
  type CheckpointConnector,
  type CheckpointDescription,
  type CheckpointFamily,
  type CheckpointNetwork,
  checkpointBackbone,
} from "./description.ts";
export { identifyCheckpoint } from "./identify-checkpoint.ts";
export type { Shaped } from "./measure.ts";
export { type CheckpointParts, checkpointAvals, fromBackbone, toBackbone } from "./official-names.ts";
export type { IdentifyOptions } from "./open-questions.ts";
export { type SanaNames, type StoredTensor, storedTensors } from "./sana-tensors.ts";
