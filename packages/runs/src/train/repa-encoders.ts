import type { Dataset, ImageExample } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { tokenGrid } from "../open/open-model.ts";
import { noTokens, openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import type { WorkOptions } from "../progress.ts";

/** Encoders whose patch tokens are REPA's targets, and how many tokens a side. */
export interface RepaEncoders {
  readonly encoders: readonly TokenEncoder[];
  readonly grid: number;
  /** Gives back those that were opened for the targets alone. */
  close(): Promise<void>;
}

type TokenEncoder = OpenEncoder & Required<Pick<OpenEncoder, "patchTokens">>;

/** Which encoders give the targets: those that `objective.repa.encoders` lists, or the run's own. */
export const repaSettings = ({ objective: { repa }, encoder }: RunConfig): readonly RunConfig["encoder"][] =>
  repa === null ? [] : repa.encoders.length > 0 ? repa.encoders : [encoder];

/** True if the targets come from the encoder of the snippets. */
export const sharesEncoder = ({ objective: { repa } }: RunConfig): boolean => repa?.encoders.length === 0;

export interface RepaEncodersOptions extends WorkOptions {
  readonly engine: Engine;
  /** The encoder of the snippets, opened. */
  readonly own: OpenEncoder | undefined;
  /** Where the encoder of the snippets lies; encoders that are learned for the targets lie beside it. */
  readonly path: string;
  readonly images: Dataset<ImageExample>;
}

/**
 * Opens the encoders of REPA's targets.
 * @throws {GMemError} code `CONFIG` for an encoder that gives no tokens of patches.
 */
export async function openRepaEncoders(config: RunConfig, options: RepaEncodersOptions): Promise<RepaEncoders> {
  const { own, path, ...context } = options;
  const opened: OpenEncoder[] = [];
  const close = async (): Promise<void> => {
    for (const encoder of opened) await encoder.dispose?.();
  };
  try {
    if (!sharesEncoder(config))
      for (const [i, settings] of repaSettings(config).entries()) {
        const beside = path.replace(/(\.\w+)?$/, `.repa-${i}$1`);
        opened.push(await openEncoder(settings, { ...context, path: beside, seed: config.seed }));
      }
    const encoders = own && sharesEncoder(config) ? [own] : opened;
    return { encoders: encoders.map(withTokens), grid: await tokenGrid(config), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function withTokens(encoder: OpenEncoder): TokenEncoder {
  if (encoder.patchTokens) return encoder as TokenEncoder;
  throw new GMemError("CONFIG", noTokens("objective.repa", encoder.name));
}
