#!/usr/bin/env node
import { surviveClosedOutput } from "@gmem/terminal";
import { main } from "./program.ts";

surviveClosedOutput(() => process.exit(1)); // a service whose log is gone goes on

process.exitCode = await main(process.argv.slice(2));
