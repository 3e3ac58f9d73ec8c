export { checkStore } from "./store/check-store.ts";
export { directoryStore } from "./store/directory-store.ts";
export { openStore, type S3Access } from "./store/open-store.ts";
export type { S3Options } from "./store/s3-requests.ts";
export { s3Store } from "./store/s3-store.ts";
export { StoreError, type StoreReason } from "./store/store-error.ts";
