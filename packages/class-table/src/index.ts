export { conditioner, tableName } from "./conditioner.ts";
export { type EmbeddingTableOptions, embeddingTable } from "./embedding-table.ts";
export type { ClassTableOptions } from "./options.ts";
export { type ClassRequest, parseClassRequest } from "./request.ts";
export { classMeans, type RidgeAdapter, ridgeAdapter } from "./ridge-adapter.ts";
export { type SnippetTableConditioner, type SnippetTableOptions, snippetTable } from "./snippet-table.ts";
