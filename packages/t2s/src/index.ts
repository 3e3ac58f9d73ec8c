export { type CaptionsOptions, captions } from "./captions.ts";
export { conditioner, type T2sOptions } from "./conditioner.ts";
export {
  type ConnectorConfig,
  connector,
  connectorB,
  connectorEncoder,
  connectorInit,
  connectorL,
} from "./connector/connector.ts";
export { type ContrastiveOptions, contrastive } from "./contrastive.ts";
export { parseTextRequest, type TextRequest } from "./request.ts";
export { type SnippetRegressionOptions, snippetRegression } from "./snippet-regression.ts";
export { textToSnippet, textToSnippetInit } from "./text-to-snippet.ts";
