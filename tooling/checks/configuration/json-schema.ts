/** What is read of the JSON schema of a configuration. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** Of a list of fixed length, one each. */
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  /** A reference, which only stands for any JSON here. */
  readonly allOf?: readonly JsonSchema[];
}

/** The alternatives of a schema; itself if it has none. */
export const variantsOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [schema];

/** The word by which a record is told apart from others. */
export const kindOf = ({ properties }: JsonSchema): string | undefined =>
  typeof properties?.kind?.const === "string" ? properties.kind.const : undefined;

export const isModule = (schema: JsonSchema): boolean => kindOf(schema) === "module";

export const isNull = (schema: JsonSchema): boolean => schema.type === "null";
