import { lib } from "../tsup.base.ts";

export default lib(
  ["main.ts", "cases.ts", "release/registry-worker.ts", "faults/preload.ts", "faults/host.ts", "mutations/worker.ts"],
  {
    sourcemap: false,
    splitting: false,
  },
);
