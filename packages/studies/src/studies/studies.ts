import type { Study } from "../frame/study.ts";
import { conditioning } from "./conditioning.ts";

/**
 * The studies by name.
 * @example
 * studies.conditioning?.where; // "§ 3.2, Figure 3"
 */
export const studies: Readonly<Record<string, Study>> = Object.fromEntries(
  [conditioning].map((study) => [study.name, study]),
);
