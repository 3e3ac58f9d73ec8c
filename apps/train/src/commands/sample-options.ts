import type { RequestFlags } from "./sample-requests.ts";
import type { TextFlags } from "./text-requests.ts";

/** The flags of `gmem-train sample`. */
export interface SampleOptions extends RequestFlags, TextFlags {
  /** Default 0. */
  readonly seed?: number;
  /** A sum of snippets. */
  readonly expression?: string;
  /** A picture that says how it was drawn; other flags come first. */
  readonly from?: string;
  readonly steps?: number;
  readonly solver?: string;
  readonly cfg?: number;
  readonly cfgInterval?: readonly number[];
  readonly cfgChannels?: number;
  readonly shift?: number;
  readonly weights: string;
  readonly noise?: string;
  /** A picture to draw from, by how much, and where. */
  readonly fromImage?: string;
  readonly strength?: number;
  readonly mask?: string;
  readonly out?: string;
  readonly latents?: string;
  readonly json?: boolean;
}
