import type { TextEncoder } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { encodeRows, type IdNetwork, tokenRows } from "./encode-rows.ts";

/** A {@link TextEncoder} with a network. */
export interface NetworkTextEncoder extends Required<TextEncoder> {
  /** Tensors of the checkpoint that are a head's beside the encoder, and left out. */
  readonly ignored: readonly string[];
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** A network of token ids, as the packages of checkpoints have it. */
interface Tower {
  readonly name: string;
  readonly dim: number;
  readonly id: string;
  encode(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  readonly ignored: readonly string[];
  dispose(): Promise<void>;
}

interface Words {
  /** The parsed `tokenizer.json`. */
  readonly tokenizer: object;
  /** The most ids of a text. */
  readonly limit: number;
  row(text: string): readonly number[];
  cuts(text: string): boolean;
}

/** A network of token ids with its word pieces; ids are padded with 0. */
export function textNetwork(tower: Tower, hidden: IdNetwork["hidden"], words: Words): NetworkTextEncoder {
  const { name, dim, ignored } = tower;
  const network: IdNetwork = {
    dim,
    limit: words.limit,
    padding: 0,
    ids: words.row,
    hidden,
    pooled: (ids) => tower.encode(ids),
  };
  return {
    name,
    dim,
    id: `${tower.id}-${textHash([JSON.stringify(words.tokenizer)])}`,
    tokens: (texts) => tokenRows(texts, network),
    encode: (texts) => encodeRows(texts, network),
    cut: (texts) => texts.flatMap((text, i) => (words.cuts(text) ? [i] : [])),
    ignored,
    dispose: () => tower.dispose(),
  };
}
