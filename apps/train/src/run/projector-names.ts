import type { Named } from "@gmem/tensor";

/** REPA's head under GMem's and REPA's names. */
const isProjector = (name: string): boolean => /^projectors?\./.test(name);

/** Parameters without REPA's head, which is of use in training only. */
export const withoutProjector = <T>(parameters: Named<T>): Named<T> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !isProjector(name)));
