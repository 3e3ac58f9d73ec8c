/** What is read of a JSON schema. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

/** Dotted keys that a configuration may have: `optimizer.lr`, and `data.options.*` where anything may follow. */
export type ConfigKeys = ReadonlySet<string>;

/** The keys of the JSON schema of a configuration, those of every kind of a part together. */
export function configKeys(schema: unknown): ConfigKeys {
  const keys = new Set<string>();
  const visit = ({ properties = {}, anyOf = [], oneOf = [], allOf = [], $ref }: JsonSchema, at: string): void => {
    if ($ref !== undefined) keys.add(`${at}*`);
    for (const variant of [...anyOf, ...oneOf, ...allOf]) visit(variant, at);
    for (const [name, value] of Object.entries(properties)) {
      keys.add(`${at}${name}`);
      visit(value, `${at}${name}.`);
    }
  };
  visit(schema as JsonSchema, "");
  return keys;
}

/** True for a key of the configuration. */
export const isConfigKey = (key: string, keys: ConfigKeys): boolean =>
  keys.has(key) || [...keys].some((known) => known.endsWith(".*") && key.startsWith(known.slice(0, -1)));

/** The keys of `a.b=c d=e` that no configuration has. Names in capitals are variables of the environment. */
export const unknownKeys = (text: string, keys: ConfigKeys): readonly string[] =>
  [...text.matchAll(/(?<=^|\s)([a-z][\w.]*)=/g)]
    .map((match) => match[1] as string)
    .filter((key) => !isConfigKey(key, keys))
    .map((key) => `no configuration has "${key}"`);
