#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { writeDependents } from "./release/write-dependents.ts";

/** Before `changeset version`: a package whose dependency breaks is released as breaking itself. */
const names = await writeDependents(fileURLToPath(new URL("../..", import.meta.url)));
if (names.length > 0) console.log(`breaking, since what they depend on is: ${names.join(", ")}`);
