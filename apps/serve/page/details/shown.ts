import { type Signal, signal } from "@preact/signals";
import type { SampleBody } from "../api/types.ts";

/** A picture and all that it was drawn with. */
export interface Shown {
  readonly url: string;
  readonly settings: SampleBody;
  readonly bankVersion: string | null;
  readonly row?: number | null;
}

/** The picture whose details are open. */
export const shown: Signal<Shown | undefined> = signal(undefined);
export const show = (picture: Shown): void => {
  shown.value = picture;
};
