#!/usr/bin/env node
import { surviveClosedOutput } from "@gmem/terminal";
import { main } from "./program.ts";

surviveClosedOutput(() => process.exit(1)); // `gmem-work … | head` is no error

process.exitCode = await main(process.argv.slice(2));
