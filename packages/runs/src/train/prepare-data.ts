import { existsSync } from "node:fs";
import { loadImages, mirror, selectRows, split, type TrainingSetParts, trainingSet } from "@gmem/datasets";
import { encodeImages, type LatentsManifest, targetsName } from "@gmem/datasets/latents";
import type { Bank } from "@gmem/memory-bank";
import { counted, GMemError, type NDArray } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { copyOnce } from "../folder/copy-once.ts";
import { bankFilesIn, type RunFiles } from "../folder/run-files.ts";
import { tokenGrid } from "../open/open-model.ts";
import { type DataFacts, factsOf } from "../parts/all-images.ts";
import { comparesSnippets, needsOf, takesSnippets } from "../parts/conditioner.ts";
import { type Data, heldOutCount, type Images, rowsWithout, sayHeldOut } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { encodeRows } from "./encode-rows.ts";
import { contentAsSeen } from "./image-content.ts";
import { pairsData } from "./pairs-data.ts";
import { openRepaEncoders, type RepaEncoders, repaSettings, sharesEncoder } from "./repa-encoders.ts";
import { openRunBank, openStoredBank, snippetsOf } from "./snippets.ts";
import { keepStartEncoder } from "./start-run.ts";
import { firstCaptions, type Texts, textsOf, textsOfAll } from "./texts-of-data.ts";
import type { PrepareFrom, PrepareOptions, TrainingData } from "./training-data.ts";

/** Latents, and the snippets and targets that the configuration asks for. */
export const prepareData = (config: RunConfig, options: PrepareOptions): Promise<TrainingData> =>
  options.source.kind === "images"
    ? fromPictures(config, { ...options, source: options.source })
    : fromLatents(config, { ...options, source: options.source });

async function fromPictures(config: RunConfig, options: PrepareFrom<"images">): Promise<TrainingData> {
  const { textEncoder, source } = options;
  if (!textEncoder || !comparesSnippets(config.conditioner)) return fromImages(config, options);
  return { ...factsOf(source), about: source.about, ...(await pairsData(config, { ...options, textEncoder })) };
}

async function fromImages(config: RunConfig, options: PrepareFrom<"images">): Promise<TrainingData> {
  const { engine, files, tokenizer, source, textEncoder, hasBegun = false, ...work } = options;
  const { signal, onProgress } = work;
  const { about, data } = source;
  const { flip } = config.image;
  const { repa } = config.objective;
  const encode = encodeRows({ tokenizer, posterior: "each visit", flip, seed: config.seed });
  const stop = signal ? { signal } : {};
  const total = data.train.length;
  const { look, content } = contentAsSeen(data.train);
  const train = await encodeImages(data.train, {
    encode(images, rows) {
      look(images);
      return encode(images, rows);
    },
    ...stop,
    onProgress: (done) => onProgress?.({ stage: "latents", done, total }),
  });
  const heldOut = await encodeImages(data.heldOut, { encode, ...stop });
  const result = `${counted(total, "image")}, ${data.heldOut.length} held out`;
  onProgress?.({ stage: "latents", done: total, total, result });
  const remembers = needsOf(config.conditioner).snippets === true;
  let encoder: OpenEncoder | undefined;
  let aligned: RepaEncoders | undefined;
  let bank: Bank | undefined;
  const close = async (): Promise<void> => {
    await bank?.close();
    await aligned?.close();
    await encoder?.dispose?.();
  };
  try {
    const { seed, bank: kept } = config;
    const madeFrom = content();
    const learning = { engine, path: files.encoder, images: data.train, ...work };
    const isKept = takesSnippets(config.conditioner) && (await keepStartEncoder(config, files.encoder));
    const own = hasBegun || isKept ? learning : { ...learning, madeFrom };
    if (remembers || sharesEncoder(config)) encoder = await openEncoder(config.encoder, { ...own, seed });
    if (repa) aligned = await openRepaEncoders(config, { ...learning, ...(!hasBegun && { madeFrom }), own: encoder });
    if (remembers && encoder)
      bank = await openRunBank(files, data.train, { engine, encoder, rank: kept.rank, madeFrom, hasBegun, ...work });
    const texts = textEncoder && (await textsOf(config, data, { ...options, textEncoder }));
    return {
      ...factsOf(source),
      about,
      ...(await imageParts(data, { train, heldOut, encoder, bank, aligned, texts })),
      ...(texts && { captions: firstCaptions(data.heldOut) }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ImageParts {
  readonly train: TrainingSetParts;
  readonly heldOut: TrainingSetParts;
  readonly encoder: OpenEncoder | undefined;
  readonly bank: Bank | undefined;
  readonly aligned: RepaEncoders | undefined;
  readonly texts: Texts | undefined;
}

/** Encoded pictures with what the bank and REPA add. */
async function imageParts(
  data: Data,
  { train, heldOut, encoder, bank, aligned, texts }: ImageParts,
): Promise<Omit<TrainingData, keyof DataFacts | "about" | "close">> {
  const { mirrored } = train;
  const targets = aligned && targetsOf(data.train, aligned);
  return {
    train: trainingSet({
      ...train,
      // training rows stay those of the images, whatever edits the bank has seen
      ...(bank ? { snippets: (rows: Int32Array) => bank.at(rows) } : {}),
      ...(targets ? { targets } : {}),
      ...(texts ? { texts: texts.train } : {}),
      ...(mirrored && {
        mirrored: {
          ...mirrored,
          ...(bank && encoder ? { snippets: await snippetsOf(encoder, mirror(data.train)) } : {}),
          ...(aligned ? { targets: targetsOf(mirror(data.train), aligned) } : {}),
        },
      }),
    }),
    heldOut: trainingSet({
      latents: heldOut.latents,
      ...(heldOut.labels ? { labels: heldOut.labels } : {}),
      ...(texts ? { texts: texts.heldOut } : {}),
      ...(bank && encoder ? { snippets: await snippetsOf(encoder, data.heldOut) } : {}),
    }),
    ...(heldOut.labels ? { heldOutLabels: heldOut.labels } : {}),
    ...(bank && encoder ? { memory: { bank, encoder, encoderId: encoder.id } } : {}),
    ...(targets ? { targetWidths: await Promise.all(targets.map(widthOf)) } : {}),
    pictures: (rows) => loadImages(data.heldOut, rows),
  };
}

type Targets = (rows: Int32Array) => Promise<NDArray<"f32">>;

/** REPA's targets of pictures, computed when a batch asks for them. */
const targetsOf = (
  images: Pick<Images, "name" | "length" | "at">,
  { encoders, grid }: RepaEncoders,
): readonly Targets[] =>
  encoders.map((encoder) => async (rows) => encoder.patchTokens(await loadImages(images, rows), { grid }));

const widthOf = async (targets: Targets): Promise<number> => (await targets(Int32Array.of(0))).shape[2] as number;

async function fromLatents(config: RunConfig, options: PrepareFrom<"latents">): Promise<TrainingData> {
  const { engine, files, tokenizer, source, textEncoder, hasBegun = false, ...work } = options;
  const { about, stored, made } = source;
  const folder = String(config.data);
  const { parts, manifest } = stored;
  const { repa } = config.objective;
  const lack = (what: string, flag: string): never => {
    throw new GMemError("DATA", `${folder}: must hold ${what}, got none; write it with \`latents … ${flag}\``);
  };
  const remembers = needsOf(config.conditioner).snippets === true;
  if (remembers && !parts.snippets) lack("snippets", "--snippets");
  const wantedTargets = repaSettings(config).length;
  if (repa && parts.targets?.length !== wantedTargets) lack(`REPA targets of ${wantedTargets} encoders`, "--targets");
  const grid = repa ? await tokenGrid(config) : undefined;
  if (repa && made.grid !== grid) lack(`REPA targets of ${grid} × ${grid} tokens`, "--targets");
  if (config.image.flip && !parts.mirrored) lack("mirror images", "image.flip=true");
  const { mirrored, targets, ...plain } = parts;
  const wanted = repa && targets ? { targets } : {};
  const { captionsAt } = stored;
  const captioned = {
    name: folder,
    length: manifest.count,
    captionsAt: async (row: number) => (await captionsAt?.(row)) ?? [],
  };
  const texts = textEncoder && { texts: await textsOfAll(config, captioned, { ...options, textEncoder }) };
  const all = trainingSet({ ...plain, ...texts, ...wanted, ...(config.image.flip && mirrored ? { mirrored } : {}) });
  sayHeldOut(config.image, all.length, work);
  const { heldOut, train } = heldOutRows(config, { length: all.length, labels: parts.labels, manifest });
  const trained = selectRows(all, train);
  const measured = selectRows(trainingSet({ ...plain, ...texts }), heldOut);
  const encoderId = made.encoderId ?? "unknown";
  const madeFrom = textHash([JSON.stringify([manifest, Array.from(train)])]);
  const bank = remembers
    ? await openStoredBank(files, trained, { engine, encoderId, rank: config.bank.rank, madeFrom, hasBegun, ...work })
    : undefined;
  await keepEncoder(folder, files);
  return {
    ...factsOf(source),
    about,
    train: trained,
    heldOut: measured,
    ...(parts.labels ? { heldOutLabels: Array.from(heldOut, (row) => parts.labels?.[row] as number) } : {}),
    ...(bank ? { memory: { bank, encoderId } } : {}),
    ...(repa && { targetWidths: (targets ?? []).map((_, i) => manifest.parts[targetsName(i)]?.[1] as number) }),
    ...(texts && {
      captions: async (rows: Int32Array) => firstCaptions(captioned)(rows.map((row) => heldOut[row] as number)),
    }),
    pictures: async (rows) => tokenizer.decode((await measured.batch(rows)).latents),
    async close() {
      await bank?.close();
      await stored.close();
    },
  };
}

function heldOutRows(
  { image, seed }: Pick<RunConfig, "image" | "seed">,
  {
    length,
    labels,
    manifest: { classes, heldOut },
  }: { length: number; labels: ArrayLike<number> | undefined; manifest: LatentsManifest },
): { readonly train: Int32Array; readonly heldOut: Int32Array } {
  const rows = { name: "rows", length, at: async (row: number) => row };
  if (heldOut) return rowsWithout(length, Int32Array.from(heldOut));
  const labelled = labels ? { ...rows, labels: Int32Array.from(labels), classes } : rows;
  const parts = split(labelled, { heldOut: heldOutCount(image, length), seed });
  return { train: parts.train.rows, heldOut: parts.heldOut.rows };
}

/** The encoder that was learned with the latents goes with the run: editing the bank needs it. */
async function keepEncoder(data: string, files: RunFiles): Promise<void> {
  const source = bankFilesIn(data).encoder;
  if (existsSync(source)) await copyOnce(source, files.encoder);
}
