import type { PartContexts, TextEncoder } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import { openModule } from "./module.ts";

/** The text encoder of a run, for conditioners that need one; undefined where the configuration has none. */
export const openTextEncoder = async (
  settings: RunConfig["textEncoder"],
  context: PartContexts["textEncoder"],
): Promise<TextEncoder | undefined> => (settings ? openModule("textEncoder", settings, context) : undefined);
