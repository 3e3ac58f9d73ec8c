import { archives } from "./archives.ts";
import { averagedNames } from "./averaged-names.ts";
import type { Case } from "./case.ts";
import { folders } from "./folders.ts";
import { imageRange } from "./image-range.ts";
import { noCondition } from "./no-condition.ts";
import { notFinite } from "./not-finite.ts";
import { rawBank } from "./raw-bank.ts";
import { sideObjects } from "./side-objects.ts";
import { trainLonger } from "./train-longer.ts";

/** Checkpoints, banks, archives and folders of other people. */
export const checkpointsAndFolders: readonly Case[] = [
  ...sideObjects,
  ...averagedNames,
  ...rawBank,
  ...noCondition,
  ...notFinite,
  ...imageRange,
  ...folders,
  ...archives,
  ...trainLonger,
];
