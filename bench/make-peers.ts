#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peersFolder } from "./peers-folder.ts";

const requirements = fileURLToPath(new URL("../peers/requirements.txt", import.meta.url));

/** The exit status of a program that writes to this terminal. */
const run = (program: string, ...args: readonly string[]): number =>
  spawnSync(program, args, { stdio: "inherit" }).status ?? 1;

process.exitCode =
  run("python3", "-m", "venv", peersFolder) || run(join(peersFolder, "bin", "pip"), "install", "-r", requirements);
if (process.exitCode === 0) console.log(`${peersFolder} is ready: npx pnpm bench`);
else console.error(`bench:peers: ${peersFolder} is not ready; python3 needs its module venv, pip a package index`);
