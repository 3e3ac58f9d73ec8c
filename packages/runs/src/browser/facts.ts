import type { TextEncoderSettings } from "./text-encoder.ts";

/** `browser.json` beside exported programs: what a browser must know of the run. */
export interface BrowserFacts {
  readonly name?: string;
  /** [C,H,W]. */
  readonly latent: readonly [number, number, number];
  /** Files whose parameters the programs read. */
  readonly weights: readonly string[];
  /** Steps of a solver that takes noise at each. */
  readonly noisySteps?: number;
  /** Where rows of a memory bank condition the model. */
  readonly bank?: BankFacts;
  /** Where labels do. */
  readonly classes?: readonly string[];
  /** Where text does. */
  readonly textEncoder?: TextEncoderSettings;
  /** Of the text encoder that the model was trained with. */
  readonly textEncoderId?: string;
  /** Places of the sentence encoder's numbers, as `text.onnx` reads them. */
  readonly sentences?: Readonly<Record<string, { readonly offset: number; readonly length: number }>>;
}

/** A bank in blocks of rows: `rows/0.f32` has the first [block,dim], `rows/0.png` their pictures, `columns` side by side. */
export interface BankFacts {
  readonly size: number;
  readonly dim: number;
  readonly block: number;
  readonly columns: number;
  /** Whether there are pictures of the rows. */
  readonly pictures: boolean;
}
