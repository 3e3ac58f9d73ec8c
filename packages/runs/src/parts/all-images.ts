import type { LabelledDataset } from "@gmem/datasets";
import type { CaptionCount } from "@gmem/datasets/captions";
import type { Credit } from "@gmem/datasets/drawings";
import type { LeftOut } from "@gmem/datasets/folder";
import type { Dataset, ImageExample } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";

export type Images = Dataset<ImageExample> & Partial<Pick<LabelledDataset<ImageExample>, "labels" | "classes">>;

/** What is known of pictures besides themselves. */
export interface DataFacts {
  /** Class names; empty without labels. */
  readonly classes: readonly string[];
  /** Files that are not used, and why. */
  readonly leftOut: readonly LeftOut[];
  /** How many have captions, where not all have. */
  readonly captioned?: CaptionCount;
  /** Names of pictures without captions, where others have some. */
  readonly uncaptioned?: readonly string[];
  /** Who made the pictures, where the data says so. */
  readonly credits?: readonly Credit[];
}

export const factsOf = ({ classes, leftOut, captioned, uncaptioned, credits }: DataFacts): DataFacts => ({
  classes,
  leftOut,
  ...(captioned && { captioned }),
  ...(uncaptioned && { uncaptioned }),
  ...(credits && { credits }),
});

/** Every image of `config.data`, none held out. */
export interface AllImages extends DataFacts {
  readonly images: Images;
  /** Of files: changes with them and with the way of decoding. */
  readonly contentId?: string;
  /** Rows to hold out, where the data itself says which. */
  readonly heldOut?: Int32Array;
}

export type Source = Pick<RunConfig, "data" | "image" | "seed" | "conditioner">;
