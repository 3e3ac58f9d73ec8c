import { testEngine } from "@gmem/testing";
import { backends, on } from "../test/backends.ts";
import { tfjsEngine } from "./index.ts";

for (const backend of backends) testEngine(`tfjs on ${backend}`, async () => tfjsEngine({ tf: await on(backend) }));
