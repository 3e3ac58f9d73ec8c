export { codeVersion } from "./code-version.ts";
export { queueAt, storeAt, untriedStore, workerName } from "./places.ts";
export { shareExport } from "./share-export.ts";
export { isShared, type SharedWork, type ShareFlags, shareWork } from "./share-work.ts";
export { type WorkOn, workOn } from "./work-on.ts";
