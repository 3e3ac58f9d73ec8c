import { createRequire } from "node:module";
import { join } from "node:path";
import { testEngine } from "@gmem/testing";
import { it } from "vitest";
import { tfjsEngine } from "./index.ts";

/** Made by scripts/tfjs-node.mjs. */
const folder = process.env.GMEM_TFJS_NODE;

if (folder === undefined)
  it.skip("tfjs-node (skipped: node scripts/tfjs-node.mjs FOLDER builds one and runs this)", () => {});
else
  testEngine("tfjs-node", () =>
    tfjsEngine({ tf: createRequire(join(folder, "package.json"))("@tensorflow/tfjs-node") }),
  );
