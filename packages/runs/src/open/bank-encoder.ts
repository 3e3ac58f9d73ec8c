import { GMemError } from "@gmem/tensor";

/**
 * Images are encoded for a bank by the encoder of its snippets.
 * @throws {GMemError} code `BANK` for another one.
 */
export function checkBankEncoder(
  encoder: string,
  { bank, path }: { readonly bank: string; readonly path: string },
): void {
  if (bank === encoder || bank === "unspecified") return; // a bank of the original code does not say
  throw new GMemError(
    "BANK",
    `${path}: images are encoded by the bank's own encoder, ${bank}, got the run's, ${encoder}; restore the run's encoder, or build the bank again with it`,
  );
}
