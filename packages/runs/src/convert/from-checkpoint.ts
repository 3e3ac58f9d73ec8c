import {
  type CheckpointDescription,
  type CheckpointParts,
  identifyCheckpoint,
  type StoredTensor,
  storedTensors,
  toBackbone,
} from "@gmem/backbones/published";
import {
  type Aval,
  checkFinite,
  GMemError,
  isGMemError,
  mapNamed,
  type Named,
  type NDArray,
  splitRows,
  zeros,
} from "@gmem/tensor";
import { vectorName } from "@gmem/unconditional";
import {
  compareTensors,
  type OpenNetwork,
  openWeights,
  SafetensorsWriter,
  TensorsError,
  type WeightsFile,
} from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { checkAgreement } from "../open/check-agreement.ts";
import { openModel } from "../open/open-model.ts";
import { openBackbone } from "../parts/backbone.ts";
import { locateWeights } from "../parts/locate-weights.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { nextOf, notesOf } from "./after-checkpoint.ts";
import { encoderBeside, fittingBank, type StoredSnippets, storedSnippets } from "./bank-beside.ts";
import { classesOf } from "./checkpoint-classes.ts";
import { checkpointConfig } from "./checkpoint-config.ts";
import type { Conversion, ConversionRequest, Converted, ConvertOptions } from "./conversion.ts";
import { networkSentence, takenSentence } from "./network-sentence.ts";
import { encoderIdOf, newRunFolder, stopConversion } from "./new-run-folder.ts";
import { type AnyBank, openAnyBank } from "./open-any-bank.ts";
import { identifyOptions, isModelOfRun, storedOptions, storedRun, weightsOf, withFlag } from "./options.ts";
import { fates } from "./tensor-fate.ts";

interface Identified {
  readonly description: CheckpointDescription;
  readonly parts: CheckpointParts<StoredTensor>;
}

interface Understood extends Identified {
  readonly config: RunConfig;
  readonly memory?: AnyBank;
  /** Id of the encoder that the S-Adapter takes snippets of, where it is known. */
  readonly encoderId?: string | undefined;
  /** Id of the text encoder whose vectors become them, likewise. */
  readonly textEncoderId?: string | undefined;
  /** File of that encoder, if it is learned. */
  readonly encoder?: string | undefined;
  readonly assumed?: readonly string[];
}

/** What a file that we wrote says besides its network. */
interface Ours {
  readonly path: string;
  readonly run: Tree;
  readonly snippets: StoredSnippets | undefined;
}

/** A published checkpoint, to become a run folder. */
export async function fromCheckpoint(request: ConversionRequest): Promise<Conversion> {
  const { source, options, work } = request;
  const path = await locateWeights("source", source, { ...work, what: "a published model" });
  const file = await openWeights(path, weightsOf(options));
  if (isModelOfRun(file)) {
    await file.close();
    throw new GMemError(
      "CONFIG",
      `source: must be a checkpoint, or a run folder, got ${source}, the averaged weights of a run; give the folder that has them beside config.json`,
    );
  }
  const identified = await attempt(() => identify(file, options));
  const ours = { path, run: storedRun(file), snippets: storedSnippets(file) };
  const understood = isGMemError(identified)
    ? identified
    : await attempt(() => understand(identified, { ...request, ours }));
  const found = isGMemError(identified) ? undefined : identified;
  const { backbone = {}, conditioner = {}, projector = {} } = found?.parts ?? {};
  const names = namesInRun({ ...backbone, ...conditioner, ...projector });
  const strangers = identified instanceof TensorsError ? identified.unexpected : undefined;
  const isKnown = (name: string): boolean =>
    strangers ? !strangers.includes(name) : found === undefined && isGMemError(identified, "CONFIG");
  return {
    about: `${source} → run folder${found ? `: ${networkSentence(found.description)}` : ""}`,
    weights: takenSentence(file.taken, "--weights"),
    tensors: fates(file.tensors, (name) => names.get(name) ?? (isKnown(name) ? name : undefined)),
    ...(identified instanceof TensorsError && { differences: identified }),
    assumed: [
      ...(found?.description.ambiguous ?? []).map(withFlag),
      ...(isGMemError(understood) ? [] : (understood.assumed ?? [])),
    ],
    ...(isGMemError(understood) && { problem: understood }),
    async verify() {
      for await (const _ of values(request, { file, parts: (understood as Understood).parts }));
    },
    write: () => write(request, { file, understood: understood as Understood }),
    async close() {
      if (!isGMemError(understood)) await understood.memory?.bank.close();
      await file.close();
    },
  };
}

/** Names that tensors of the file get; several where one holds several. */
function namesInRun(tensors: Named<StoredTensor>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [ours, { name }] of Object.entries(tensors))
    names.set(name, names.has(name) ? `${names.get(name)}, ${ours}` : ours);
  return names;
}

/** What a step gives, or why it cannot be done. */
async function attempt<T>(step: () => T | Promise<T>): Promise<T | GMemError> {
  try {
    return await step();
  } catch (error) {
    if (isGMemError(error)) return error;
    throw error;
  }
}

function identify(file: WeightsFile, options: ConvertOptions): Identified {
  const description = identifyCheckpoint(file.tensors, { ...storedOptions(file), ...identifyOptions(options) });
  return { description, parts: toBackbone(storedTensors(file.tensors), description) };
}

/** What a run has and the checkpoint has not: no condition is a vector of zeros, which adds nothing. */
const addedTo = ({ conditioner, config }: CheckpointDescription): Named<NDArray<"f32">> =>
  conditioner.kind === "none" ? { [vectorName]: zeros([config.hiddenSize]) } : {};

/** Width of a row of one token and its mask, where a run reads tokens. */
function oneToken({ family, config, conditioner }: CheckpointDescription): number | undefined {
  if (conditioner.kind !== "captions" || family !== "sana") return undefined;
  return (conditioner.connector?.hiddenSize ?? config.contextDim) + 1;
}

async function understand(
  { description, parts }: Identified,
  { source, out, settings, options, ours }: ConversionRequest & { readonly ours: Ours },
): Promise<Understood> {
  const { run, snippets } = ours;
  const config = await checkpointConfig(description, { out, settings, run });
  await checkNetwork(config, { description, parts });
  const metadata = { config: JSON.stringify(description.config) }; // shapes do not tell heads
  await checkAgreement({ file: source, metadata }, { config, source: "convert" });
  const { conditioner } = description;
  if (options.bank !== undefined && !("snippetDim" in conditioner))
    throw new GMemError("CONFIG", `--bank: is for checkpoints with an S-Adapter, got one with ${conditioner.kind}`);
  const encoderId = snippets?.encoder;
  const beside = encoderId === undefined ? undefined : await encoderBeside(ours.path, encoderId);
  const textEncoderId = snippets?.textEncoder;
  const plain = { description, parts, config, encoderId, textEncoderId, encoder: beside };
  if (options.bank === undefined || !("snippetDim" in conditioner)) return plain;
  const opened = await openAnyBank(options.bank);
  try {
    if (opened.bank.dim !== conditioner.snippetDim)
      throw new GMemError(
        "BANK",
        `--bank: snippets must be ${conditioner.snippetDim} wide, as the S-Adapter takes them, got ${opened.bank.dim}; give the bank of this model`,
      );
    const { memory, isAssumed } = await fittingBank(opened, { path: options.bank, snippets });
    const assumed =
      isAssumed && encoderId !== undefined ? [`--bank: its snippets are of ${encoderId}; it does not say`] : [];
    return {
      ...plain,
      memory,
      encoderId: encoderId ?? encoderIdOf(memory),
      encoder: memory.encoder ?? beside,
      assumed,
    };
  } catch (error) {
    await opened.bank.close();
    throw error;
  }
}

/** Settings can change the network: it must still be that of the file. */
async function checkNetwork(config: RunConfig, { description, parts }: Identified): Promise<void> {
  const kind = description.conditioner.kind === "none" ? "unconditional" : description.conditioner.kind;
  const needsBank = kind === "memory-bank" || kind === "t2s" || config.conditioner.kind !== kind; // then the backbone alone is known
  const classes = classesOf(description, { config }).length;
  const { missing, unexpected, misshaped } = needsBank
    ? compareTensors(parts.backbone, (await openBackbone(config, await latentShape(config))).avals?.() ?? {})
    : compareTensors(
        { ...parts.backbone, ...parts.conditioner, ...addedTo(description) },
        (await openModel(config, { classes, textDim: oneToken(description) })).avals(),
      );
  const wrong = [...missing, ...unexpected, ...misshaped.map(({ name }) => name)];
  if (wrong.length > 0)
    throw new GMemError(
      "CONFIG",
      `convert: settings must leave the network of the checkpoint as it is, got ${wrong.length} other tensors: ${wrong.slice(0, 4).join(", ")}; take these settings away`,
    );
  if (config.conditioner.kind !== kind)
    throw new GMemError(
      "CONFIG",
      `convert: conditioner.kind must be the checkpoint's, ${kind}, got ${config.conditioner.kind}; change it afterwards by --to`,
    );
}

/** Every tensor under our name, as float32. @throws {GMemError} code `NON_FINITE` by its name in the file. */
async function* values(
  request: ConversionRequest,
  { file, parts }: { readonly file: OpenNetwork; readonly parts: Identified["parts"] },
): AsyncGenerator<readonly [name: string, value: NDArray<"f32">]> {
  const tensors = { ...parts.backbone, ...parts.conditioner, ...parts.projector };
  let last: { readonly name: string; readonly value: NDArray<"f32"> } | undefined; // one tensor at a time is in memory
  for (const [name, { name: original, part }] of Object.entries(tensors)) {
    stopConversion(request);
    if (last?.name !== original) {
      const value = single(await file.read(original));
      checkFinite({ [original]: value }, { where: request.source, remedy: "take another checkpoint" });
      last = { name: original, value };
    }
    yield [name, part ? (splitRows(last.value, part[1])[part[0]] as NDArray<"f32">) : last.value];
  }
}

async function write(
  request: ConversionRequest,
  { file, understood }: { readonly file: OpenNetwork; readonly understood: Understood },
): Promise<Converted> {
  const { out } = request;
  const { description, parts, config, memory, encoder, encoderId, textEncoderId } = understood;
  const tensors = { ...parts.backbone, ...parts.conditioner, ...parts.projector };
  const added = addedTo(description);
  const avals: Named<Aval> = mapNamed({ ...tensors, ...added }, ({ shape }) => ({ dtype: "f32", shape }));
  const metadata = {
    ...modelMetadata(config, {
      backbone: await openBackbone(config, await latentShape(config)),
      encoderId,
      textEncoderId,
    }),
    ...(file.taken.kind === "raw" && file.taken.others.length > 0 && { weights: "model" }),
    checkpoint: JSON.stringify(description),
    checkpoint_names: JSON.stringify(Object.keys(file.tensors)), // in the order of the file
  };
  const classes = classesOf(description, { config, memory });
  await newRunFolder(request, { config, classes, memory, encoder }, async (path) => {
    const writer = await SafetensorsWriter.create(path, avals, { metadata });
    try {
      for await (const [name, value] of values(request, { file, parts })) await writer.append(name, value);
      for (const [name, value] of Object.entries(added)) await writer.append(name, value);
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  });
  return {
    out: [out],
    notes: notesOf(understood, { file, source: request.source }),
    next: nextOf(out, understood),
  };
}

const single = ({ data, shape }: NDArray): NDArray<"f32"> => ({
  dtype: "f32",
  shape,
  data: data instanceof Float32Array ? data : Float32Array.from(data),
});
