import type { WriteLatentsOptions } from "@gmem/datasets/latents";
import type { Engine } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { bankFilesIn } from "../folder/run-files.ts";
import { type AllImages, dataName, type Images } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import { openTokenizer } from "../parts/tokenizer.ts";
import type { WorkOptions } from "../progress.ts";
import type { LatentsKey } from "./data-source.ts";
import { encodeRows } from "./encode-rows.ts";
import { contentOf } from "./image-content.ts";
import { openRepaEncoders, type RepaEncoders, sharesEncoder } from "./repa-encoders.ts";
import { keepStartEncoder } from "./start-run.ts";

/** What is stored of every image besides its latents. */
export interface LatentsOf {
  /** The encoder's features. */
  readonly snippets?: boolean | undefined;
  /** The encoder's patch tokens, REPA's targets. */
  readonly targets?: boolean | undefined;
  /** Half precision of it all. */
  readonly half?: boolean | undefined;
}

export interface LatentsWorkOptions extends LatentsOf, WorkOptions {
  /** The images of the configuration. */
  readonly opened: AllImages;
  /** Where encoders that are learned lie. */
  readonly folder: string;
  /** They are taken as they lie there, whatever is asked for now. */
  readonly hasEncoders: boolean;
}

/** What makes the latents of images. */
export interface LatentsWork {
  readonly images: Images;
  /** Of the images: of their files, or of all pixels. */
  readonly content: string;
  /** What `writeLatents` takes besides the place. */
  readonly writing: Pick<
    WriteLatentsOptions,
    "key" | "floats" | "encode" | "classes" | "leftOut" | "credits" | "heldOut"
  >;
  close(): Promise<void>;
}

/** Opens tokenizer and encoders; those that have to be learned are learned. */
export async function openLatentsWork(config: RunConfig, options: LatentsWorkOptions): Promise<LatentsWork> {
  const { opened, folder, snippets, targets, half, hasEncoders, ...work } = options;
  const { image, tokenizer: settingsOfTokenizer, encoder: settingsOfEncoder, seed } = config;
  const { images, contentId, captioned: _, ...facts } = opened;
  let engine: Engine | undefined;
  let encoder: OpenEncoder | undefined;
  let repa: RepaEncoders | undefined;
  const close = async (): Promise<void> => {
    await repa?.close();
    await encoder?.dispose?.();
    await engine?.dispose();
  };
  try {
    engine = await openEngine(config.engine);
    const tokenizer = await openTokenizer(config, { engine, ...work });
    const path = bankFilesIn(folder).encoder;
    const isKept = hasEncoders || (snippets && (await keepStartEncoder(config, path)));
    const content = contentId ?? (await contentOf(images));
    const madeFrom = textHash([content, JSON.stringify(image)]);
    const learning = { engine, path, images, ...work, ...(!hasEncoders && { madeFrom }) };
    if (snippets || (targets && sharesEncoder(config)))
      encoder = await openEncoder(settingsOfEncoder, { ...learning, seed, ...(isKept && { madeFrom: undefined }) });
    if (targets) repa = await openRepaEncoders(config, { ...learning, own: encoder });
    const key: LatentsKey = {
      data: dataName(config),
      ...(contentId ? { contentId } : {}),
      image,
      tokenizer: settingsOfTokenizer,
      seed,
      ...(half ? { half } : {}),
      ...(encoder ? { encoder: settingsOfEncoder, encoderId: encoder.id } : {}),
      ...(repa ? { grid: repa.grid, targetIds: repa.encoders.map(({ id }) => id) } : {}),
    };
    // SD-VAE's latents are drawn anew at each visit, as in REPA; VA-VAE's once, as in LightningDiT
    const posterior = settingsOfTokenizer.kind === "va-vae" ? "once" : "each visit";
    const encoders = { ...(encoder ? { encoder } : {}), ...(repa ? { targets: repa } : {}) };
    return {
      images,
      content,
      writing: {
        key: JSON.parse(JSON.stringify(key)) as LatentsKey,
        ...facts,
        floats: half ? "f16" : "f32",
        encode: encodeRows({ tokenizer, posterior, flip: image.flip, seed, ...encoders }),
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
