export { type AppendOptions, append } from "./append.ts";
export { type Bank, type BankParts, bankOf } from "./bank.ts";
export { BankError } from "./bank-error.ts";
export { bankId } from "./bank-id.ts";
export type { Neighbours } from "./best-of.ts";
export { type BuildOptions, build } from "./build.ts";
export {
  type BuildFromImagesOptions,
  bankShard,
  buildFromImages,
  shardsFolder,
  type WriteBankShardOptions,
  writeBankShard,
} from "./build-from-images.ts";
export { type CompressOptions, compress, reconstruct } from "./compress.ts";
export { concatBanks } from "./concat-banks.ts";
export { type BankConditionerOptions, conditioner } from "./conditioner.ts";
export type { Edit } from "./edit.ts";
export { factorize } from "./factorize.ts";
export { type Factors, project, reconstructRows, residuals } from "./factors.ts";
export type { FitOptions } from "./fit-factors.ts";
export { defaultIndex, type IndexSpec, indexByNoise } from "./index-by-noise.ts";
export { type InterpolateOptions, type InterpolationMethod, interpolate } from "./interpolate.ts";
export { type Journal, type JournalOptions, openJournal } from "./journal.ts";
export { keyedPermutation } from "./keyed-permutation.ts";
export { type NearestOptions, nearest } from "./nearest.ts";
export { normalCdf } from "./normal-cdf.ts";
export { bankFromOfficial, bankToOfficial, type OfficialBank, type OfficialBankOptions } from "./official-bank.ts";
export { type BankFile, openBank, openBankFile } from "./open-bank.ts";
export { type ReducedBank, type ReduceOptions, reduce } from "./reduce.ts";
export { type BankReport, report } from "./report.ts";
export { type BankRequest, parseBankRequest } from "./request.ts";
export { memoryRows, type Rows } from "./rows.ts";
export { type SaveOptions, saveBank } from "./save-bank.ts";
export { sourcesAt } from "./sources-at.ts";
export { groupByClass, remove, type SubsetOptions, select, subset } from "./subset.ts";
export { unitRows } from "./unit-rows.ts";
