import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TorchStorage, TorchTensor } from "./pickle-values.ts";

/** A zip, or, before torch 1.6 and on request since, pickles in a row. */
export type TorchLayout = "zip" | `pickle protocol ${number}`;

/** An open checkpoint of either layout: its structure, and where the elements of a storage are. */
export interface TorchContent {
  readonly layout: TorchLayout;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly values: Readonly<Record<string, PlainValue>>;
  /**
   * Bytes of a storage, ours to keep. Where the layout has checksums, the storage is checked as well when a `whole` tensor
   * is read, once for each storage.
   */
  read(
    storage: TorchStorage,
    range: { readonly start: number; readonly end: number },
    whole: boolean,
  ): Promise<Uint8Array>;
}
