import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TorchStorage, TorchTensor } from "./pickle-values.ts";

/** An open checkpoint of either layout: its structure, and where the elements of a storage are. */
export interface TorchContent {
  readonly layout: "zip" | "legacy";
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly values: Readonly<Record<string, PlainValue>>;
  /**
   * The bytes of a storage: a place in the file, or unpacked ones, which are the caller's. For a whole tensor of `length`
   * bytes they are also checked where the layout has checksums, once for each storage.
   */
  place(storage: TorchStorage, length?: number): { readonly start: number } | { readonly bytes: Uint8Array };
}
