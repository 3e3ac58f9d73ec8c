import type { Command } from "commander";
import { integer } from "./flags.ts";

/** The flags by which processes or machines share the work of a command. */
export const sharedFlags = (command: Command): Command =>
  command
    .option("--workers <n>", "processes of this machine that work on it; with --queue none unless given", integer)
    .option("--queue <url>", "redis://host:6379: workers on other machines take part")
    .option("--store <place>", "where results are: a folder that all share, or s3://bucket/prefix", "work")
    .option("--scratch <folder>", "what is fetched on the way; default: gmem/work in the user's cache")
    .option("--detach", "with --queue: does not wait; the same command later waits and writes the result");
