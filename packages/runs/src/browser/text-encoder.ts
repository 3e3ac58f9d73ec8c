import { concat } from "@gmem/encoders/concat";
import { hashedWords } from "@gmem/encoders/hashed-words";
import { type UseLiteFile, type UseLiteNetwork, useLite } from "@gmem/encoders/use-lite";
import type { TextEncoder } from "@gmem/spec";
import { array, GMemError, type NDArray } from "@gmem/tensor";
import type { Program } from "./open-program.ts";
import type { ReadFile } from "./read-file.ts";

/** Settings of a run's text encoder that a browser can open. */
export type TextEncoderSettings =
  | { readonly kind: "use-lite" }
  | { readonly kind: "hashed-words"; readonly dim: number }
  | {
      readonly kind: "concat";
      readonly parts: readonly { readonly encoder: TextEncoderSettings; readonly weight: number }[];
    };

export interface TextEncoderParts {
  /** Files of the sentence encoder's package. */
  readonly read: ReadFile;
  /** Ids of pieces [n,128] → tokens and vectors, over the encoder's own numbers. */
  open(file: UseLiteFile): Promise<Program>;
}

/** A text encoder that may hold a program. */
export interface OpenTextEncoder {
  readonly encoder: TextEncoder;
  close(): Promise<void>;
}

/** @throws {GMemError} code `CONFIG` for a kind that is not for browsers. */
export async function openTextEncoder(
  settings: TextEncoderSettings,
  parts: TextEncoderParts,
): Promise<OpenTextEncoder> {
  switch (settings.kind) {
    case "hashed-words":
      return { encoder: hashedWords({ dim: settings.dim }), close: async () => {} };
    case "use-lite": {
      const network = async (file: UseLiteFile): Promise<UseLiteNetwork> => networkOf(await parts.open(file));
      const encoder = await useLite({ read: parts.read, network });
      return { encoder, close: () => encoder.dispose() };
    }
    case "concat": {
      const opened: { readonly encoder: TextEncoder; readonly weight: number; readonly close: () => Promise<void> }[] =
        [];
      for (const { encoder, weight } of settings.parts)
        opened.push({ weight, ...(await openTextEncoder(encoder, parts)) });
      const close = async (): Promise<void> => {
        for (const one of opened) await one.close();
      };
      return { encoder: concat(opened), close };
    }
    default: {
      const { kind } = settings as { readonly kind: string };
      throw new GMemError(
        "CONFIG",
        `browser: a text encoder must be use-lite, hashed-words or concat of them, got ${kind}`,
      );
    }
  }
}

/** Ids that a text of the program has, and what stands behind those of shorter ones. */
const [length, padding] = [128, 8000];

/** The program, whose texts all have 128 pieces: it gives nothing for padding. */
function networkOf(program: Program): UseLiteNetwork {
  const run = (ids: NDArray<"i32">) => program.run({ ids: padded(ids) });
  return {
    async hidden(ids) {
      const [n = 0, t = 0] = ids.shape;
      const { hidden } = await run(ids);
      const { data } = hidden as NDArray<"f32">;
      const dim = data.length / (n * length);
      const kept = new Float32Array(n * t * dim);
      for (let row = 0; row < n; row++)
        kept.set(data.subarray(row * length * dim, (row * length + t) * dim), row * t * dim);
      return array(kept, [n, t, dim]);
    },
    pooled: async (ids) => (await run(ids)).text as NDArray<"f32">,
    dispose: () => program.close(),
  };
}

function padded({ data, shape }: NDArray<"i32">): NDArray<"i32"> {
  const [n = 0, t = 0] = shape;
  const rows = new Int32Array(n * length).fill(padding);
  for (let row = 0; row < n; row++) rows.set(data.subarray(row * t, (row + 1) * t), row * length);
  return array(rows, [n, length], "i32");
}
