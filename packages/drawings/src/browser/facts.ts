import type { TextEncoderSettings } from "./text-encoder.ts";

/** `browser.json` in the folder of a model: what a browser must know of the run. */
export interface BrowserFacts {
  /** [C,H,W]. */
  readonly latent: readonly [number, number, number];
  readonly textEncoder: TextEncoderSettings;
  /** Of the text encoder that the model was trained with. */
  readonly textEncoderId: string;
  /** Files whose parameters the programs read. */
  readonly weights: readonly string[];
  /** Places of the sentence encoder's numbers, as `text.onnx` reads them. */
  readonly sentences: Readonly<Record<string, { readonly offset: number; readonly length: number }>>;
}
