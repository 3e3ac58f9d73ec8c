import { cifar10After52 } from "./cifar10-52.ts";
import { in256After160 } from "./in256-160.ts";
import type { Reproduction } from "./reproduction.ts";
import { table4 } from "./table-4.ts";
import { table11 } from "./table-11-svd.ts";

/** By name. */
export const reproductions: Readonly<Record<string, Reproduction>> = Object.fromEntries(
  [in256After160, cifar10After52, ...table4, ...table11].map((one) => [one.name, one]),
);
