import { checkConfig } from "../config/load.ts";
import { applyOverrides } from "../config/overrides.ts";
import type { RunConfig } from "../config/schema.ts";
import { merge, type Tree } from "../config/tree.ts";
import { placeOf } from "./checkpoint-config.ts";
import type { ConversionRequest } from "./conversion.ts";

/** The configuration of a run that another one becomes: its own in another place, what replaces parts of it, settings last. */
export const convertedConfig = (before: RunConfig, replaced: Tree, { out, settings }: ConversionRequest): RunConfig =>
  checkConfig(applyOverrides({ ...merge(before, placeOf(out)), ...replaced }, settings), out);
