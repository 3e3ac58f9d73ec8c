import { existsSync } from "node:fs";
import { loadPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import { type Bank, bankToOfficial, type OfficialBank } from "@gmem/memory-bank";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import { contentHash, type WeightsFile } from "@gmem/weights";
import { z } from "zod";
import type { AnyBank } from "./open-any-bank.ts";

/** What lies beside a checkpoint that a run became, of what it has: no checkpoint has room for it. */
export function besideCheckpoint(path: string): {
  readonly bank: string;
  readonly encoder: string;
  readonly tokenizer: string;
} {
  const base = path.replace(/\.(pt|pth|safetensors)$/, "");
  return {
    bank: `${base}.bank.pt`,
    encoder: `${base}.encoder.safetensors`,
    tokenizer: `${base}.tokenizer.safetensors`,
  };
}

const known = z.object({ encoder: z.string(), bank: z.string().optional(), textEncoder: z.string().optional() });

/** What a checkpoint says of the snippets that its S-Adapter takes. */
export interface StoredSnippets {
  /** Id of their encoder. */
  readonly encoder: string;
  /** Hash of the bank that was written with it. */
  readonly bank?: string | undefined;
  /** Id of the text encoder whose vectors become them, where text conditions the network. */
  readonly textEncoder?: string | undefined;
}

/** {@link StoredSnippets} of a file that `convert` wrote; undefined of other files. */
export function storedSnippets({ values }: Pick<WeightsFile, "values">): StoredSnippets | undefined {
  const text = values.snippets ?? values["config/snippets"];
  if (typeof text !== "string") return undefined;
  try {
    return known.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The tensors of a bank of the GMem code. */
export function officialTensors(official: OfficialBank): Named<NDArray> {
  if (official.kind === "full") return { tensor: official.rows };
  const { C, M, S, mean } = official;
  return { C, M, S, mean };
}

/** By its numbers, whatever file they are in. */
const hashOf = async (bank: Bank): Promise<string> => contentHash(officialTensors(await bankToOfficial(bank)));

/** A bank for a network, and whether that it is of the network's encoder is taken for granted. */
export interface FittingBank {
  readonly memory: AnyBank;
  readonly isAssumed: boolean;
}

/**
 * A bank for a network that understands one encoder's snippets. One that does not say whose its rows are is taken for one of
 * that encoder, and says so from then on; for certain if it is the bank that was written with the checkpoint.
 * @throws {GMemError} code `BANK` for a bank of another encoder.
 */
export async function fittingBank(
  memory: AnyBank,
  { path, snippets }: { readonly path: string; readonly snippets: StoredSnippets | undefined },
): Promise<FittingBank> {
  const { bank } = memory;
  if (snippets === undefined) return { memory, isAssumed: true };
  const { encoder, bank: own } = snippets;
  if (bank.encoderId === encoder) return { memory, isAssumed: false };
  if (bank.encoderId !== "unspecified")
    throw new GMemError(
      "BANK",
      `--bank: snippets must be of the run's encoder, ${encoder}, got ${bank.encoderId} in ${path}; build it with the run's encoder: bank build IMAGES --encoder FILE`,
    );
  const isOwn = own !== undefined && (await hashOf(bank)) === own;
  return { memory: { ...memory, bank: { ...bank, encoderId: encoder } }, isAssumed: !isOwn };
}

/**
 * The learned encoder that lies beside a checkpoint.
 * @throws {GMemError} code `WEIGHTS` if it is not the one of the checkpoint's snippets, `NON_FINITE`.
 */
export async function encoderBeside(checkpoint: string, encoder: string): Promise<string | undefined> {
  const path = besideCheckpoint(checkpoint).encoder;
  if (!existsSync(path)) return undefined;
  const learned = patchKmeans(await loadPatchKmeans(path));
  await learned.dispose();
  if (learned.id === encoder) return path;
  throw new GMemError(
    "WEIGHTS",
    `${path}: must be the encoder that the checkpoint's S-Adapter was trained with, ${encoder}, got ${learned.id}; put that one there, or take the file away`,
  );
}
