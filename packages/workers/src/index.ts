export { codeVersion } from "./code-version.ts";
export { type Engine, engineOf, engines } from "./engine-of.ts";
export { type QueueOf, queueAt, queuesAt, storeAt, storeThere, untriedStore, workerName } from "./places.ts";
export { shareExport } from "./share-export.ts";
export { isShared, type SharedWork, type ShareFlags, shareWork } from "./share-work.ts";
export { type WorkOn, workOn } from "./work-on.ts";
