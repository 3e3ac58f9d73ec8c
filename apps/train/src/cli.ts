#!/usr/bin/env node
import { main } from "./program.ts";

// `gmem-train … | head` is no error
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await main(process.argv.slice(2));
