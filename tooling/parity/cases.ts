import { adamwCase } from "./adamw.ts";
import type { ParityCase } from "./case.ts";
import { gmemParts } from "./gmem-parts.ts";

/** Every component that can be checked; one file each beside this one. */
export const cases: readonly ParityCase[] = [adamwCase, gmemParts];
