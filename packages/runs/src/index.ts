export type { DrawStart } from "@gmem/samplers";
export { didYouMean } from "@gmem/tensor";
export { type ChooseSlotsOptions, chooseSlots, type SlotTrial } from "./batch/choose-slots.ts";
export type {
  BatcherStatus,
  DrawnOrder,
  DrawOrder,
  DrawStep,
  StepBatcher,
} from "./batch/contract.ts";
export { type PictureStartOptions, pictureStart } from "./batch/picture-start.ts";
export { type BatchedRun, type StepBatcherOptions, stepBatcher } from "./batch/step-batcher.ts";
export { defineRun, type RunDefinition } from "./config/define-run.ts";
export { type Checked, explainIssues } from "./config/explain-issues.ts";
export { importFile } from "./config/import-file.ts";
export { checkConfig, loadConfig, loadTree, presetTrees } from "./config/load.ts";
export type { Preset, PresetConfig } from "./config/preset.ts";
export { presets } from "./config/presets.ts";
export { type RunConfig, type RunInput, runSchema } from "./config/schema.ts";
export { isTree, merge, type Tree } from "./config/tree.ts";
export { isRunFolder, loadRun } from "./folder/load-run.ts";
export { modelMetadata } from "./folder/model-metadata.ts";
export { checkFree, newFolder } from "./folder/new-folder.ts";
export { readRunConfig, type StoredRun, writeRunConfig } from "./folder/run-config.ts";
export { type BankFiles, bankFiles, type RunFiles, runFiles, runFolder } from "./folder/run-files.ts";
export { versions } from "./folder/versions.ts";
export { type AddedRows, addImages } from "./open/add-images.ts";
export { type BankFacts, bankFacts, bankInWords } from "./open/bank-facts.ts";
export { type DrawnPictures, type DrawnPicturesOptions, drawnPictures } from "./open/drawn-pictures.ts";
export { type EditableMemory, editBank } from "./open/edit-bank.ts";
export { guidanceNote } from "./open/guidance-note.ts";
export { type MixTextsOptions, type Mixture, mixTexts } from "./open/mix-texts.ts";
export { type OpenMemory, openMemory } from "./open/open-memory.ts";
export { type ModelParts, openModel, openObjective } from "./open/open-model.ts";
export { type OpenRunOptions, openRun, type Run } from "./open/open-run.ts";
export type { WhichWeights } from "./open/read-parameters.ts";
export { type Rewritten, rewriteBank } from "./open/rewrite-bank.ts";
export { type RunMemory, runMemory } from "./open/run-memory.ts";
export {
  type Draw,
  type RunSampler,
  type RunSamplers,
  runSamplers,
  type SamplersParts,
  usualBatch,
} from "./open/run-sampler.ts";
export { snippetModel } from "./open/snippet-model.ts";
export { type TextAdapter, textAdapter } from "./open/text-adapter.ts";
export { type Undone, undoEdit } from "./open/undo-edit.ts";
export type { DataFacts } from "./parts/all-images.ts";
export { type CheckedReading, checkReading, type ReadingWords } from "./parts/check-reading.ts";
export { comparesSnippets, needsOf } from "./parts/conditioner.ts";
export { dataName, heldOutCount, openAll } from "./parts/dataset.ts";
export { encoderWidths, openEncoder } from "./parts/encoder.ts";
export type { EncoderContext, EncoderWidths, OpenEncoder } from "./parts/encoder-kind.ts";
export { openEngine, openEngines } from "./parts/engine.ts";
export { type OpenFeaturesOptions, openFeatures } from "./parts/extractor.ts";
export { locateWeights } from "./parts/locate-weights.ts";
export { solverName } from "./parts/solver.ts";
export { openTextEncoder, textWidth } from "./parts/text-encoder.ts";
export type { OpenTextEncoder, TextEncoderContext } from "./parts/text-encoder-kind.ts";
export { latentShape, openTokenizer } from "./parts/tokenizer.ts";
export type { OpenTokenizer, TokenizerContext } from "./parts/tokenizer-kind.ts";
export type { HubSettings, OnProgress, Progress, WorkOptions } from "./progress.ts";
export {
  type CaptionVectorsOptions,
  captionVectors,
  type FoundCaptions,
  sayCut,
} from "./text/caption-vectors.ts";
export { type DrawPromptsOptions, drawPrompts, type PromptFiles } from "./text/draw-prompts.ts";
export { type EncodedCaptions, encodeCaptions } from "./text/encode-captions.ts";
export { type NearestPictures, nearestPictures } from "./text/nearest-pictures.ts";
export { type FoundPicture, type Retrieved, type RetrieveOptions, retrieve } from "./text/retrieve.ts";
export { type TextVectorsOptions, textVectors } from "./text/text-vectors.ts";
export { type BuildBankOptions, buildBank } from "./train/build-bank.ts";
export { checkParts } from "./train/check-parts.ts";
export { checkStart } from "./train/check-start.ts";
export { type DataSource, openSource } from "./train/data-source.ts";
export type { Watch } from "./train/drive.ts";
export { type EncodeLatentsOptions, encodeLatents } from "./train/encode-latents.ts";
export { movedBy } from "./train/fixed-settings.ts";
export { bestBy, evaluateHeldOut } from "./train/held-out.ts";
export { type PreparedRun, type PrepareRunOptions, prepareRun } from "./train/prepared-run.ts";
export { pairedRows, preview, previewTexts, scaleFor } from "./train/preview.ts";
export { repaSettings } from "./train/repa-encoders.ts";
export { snippetsOf } from "./train/snippets.ts";
export {
  type RunInTraining,
  type TrainRunOptions,
  type TrainRunResult,
  trainRun,
} from "./train/train-run.ts";
export type { TrainingData } from "./train/training-data.ts";
