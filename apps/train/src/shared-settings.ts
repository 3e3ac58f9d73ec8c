import { isShared, type ShareFlags } from "@gmem/workers";

/** Work that is shared is done one thread a process unless somebody says otherwise: its bits do not depend on the cores. */
export const sharedSettings = (flags: ShareFlags): readonly string[] => (isShared(flags) ? ["engine.threads=1"] : []);
