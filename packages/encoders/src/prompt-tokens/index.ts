export { type PromptTokens, type PromptTokensOptions, promptTokens } from "./prompt-tokens.ts";
export { bareTemplate, openUniTemplate, type PromptTemplate } from "./template.ts";
