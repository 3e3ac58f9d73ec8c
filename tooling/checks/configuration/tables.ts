import { isModule, isNull, type JsonSchema, kindOf, variantsOf } from "./json-schema.ts";

/** A key of the configuration as a line of a table says it. */
export interface Row {
  /** As on the command line. */
  readonly key: string;
  /** The kinds of a part that have it; undefined where there is one kind only. */
  readonly kinds?: readonly string[];
  readonly values: string;
  readonly preset: string;
  readonly meaning: string;
}

/** One part of the configuration. */
export interface Section {
  readonly title: string;
  readonly about: string;
  /** What a part can be; empty where there is nothing to choose. */
  readonly kinds: readonly { readonly kind: string; readonly about: string }[];
  readonly rows: readonly Row[];
}

const code = (value: unknown): string => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

/** The tables of a configuration: the keys of the run itself, one section for each part, and one for modules. */
export function sectionsOf({ properties = {}, required = [] }: JsonSchema): readonly Section[] {
  const own: Row[] = [];
  const parts: Section[] = [];
  let module: JsonSchema | undefined;
  for (const [name, schema] of Object.entries(properties)) {
    const variants = variantsOf(schema);
    // a conditioner's has a key more
    for (const found of variants.filter(isModule))
      if (!module || Object.keys(found.properties ?? {}).length > Object.keys(module.properties ?? {}).length)
        module = found;
    const records = variants.filter((variant) => variant.properties && !isModule(variant));
    if (records.length > 0) parts.push(partSection(name, schema, records));
    else own.push(rowOf(name, schema, required.includes(name)));
  }
  const about =
    "A part of anybody's package: wherever `module` is a kind, and as `data`, `textEncoder` and `sampler.solver`.";
  return [
    { title: "the run", about: "Keys of the run itself.", kinds: [], rows: own },
    ...parts,
    ...(module ? [{ title: "modules", about, kinds: [], rows: rowsBelow("", module) }] : []),
  ];
}

function partSection(name: string, schema: JsonSchema, records: readonly JsonSchema[]): Section {
  const nothing = variantsOf(schema).some(isNull) ? " Default: `null`." : "";
  const about = `${schema.description ?? records[0]?.description ?? ""}${nothing}`;
  const kinds = variantsOf(schema).flatMap((variant) => {
    const kind = kindOf(variant);
    return kind === undefined ? [] : [{ kind, about: variant.properties?.kind?.description ?? "" }];
  });
  if (kinds.length === 0)
    return { title: name, about, kinds, rows: records.flatMap((record) => rowsBelow(`${name}.`, record)) };
  const choice: Row = {
    key: `${name}.kind`,
    kinds: [],
    values: kinds.map(({ kind }) => code(kind)).join(", "),
    preset: code(kinds[0]?.kind),
    meaning: kinds.every((one) => one.about !== "") ? "Which of them." : "",
  };
  const rows = records.flatMap((record) =>
    rowsBelow(`${name}.`, record)
      .filter(({ key }) => key !== `${name}.kind`)
      .map((row) => ({ ...row, kinds: [kindOf(record) as string] })),
  );
  return { title: name, about, kinds, rows: [choice, ...merged(rows, records.length)] };
}

/** Rows of several kinds that say the same become one. */
function merged(rows: readonly Row[], count: number): readonly Row[] {
  const same = new Map<string, Row>();
  for (const row of rows) {
    const id = JSON.stringify({ ...row, kinds: [] });
    same.set(id, { ...row, kinds: [...(same.get(id)?.kinds ?? []), ...(row.kinds ?? [])] });
  }
  return [...same.values()].map((row) => (row.kinds?.length === count ? { ...row, kinds: [] } : row));
}

/** The keys of a record, those of records in it too. */
const rowsBelow = (prefix: string, { properties = {}, required = [] }: JsonSchema): readonly Row[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const record = variantsOf(schema).find(({ properties: own }) => own);
    const row = rowOf(prefix + name, schema, required.includes(name));
    return record && !isModule(record) ? [row, ...rowsBelow(`${prefix}${name}.`, record)] : [row];
  });

const rowOf = (key: string, schema: JsonSchema, needed: boolean): Row => ({
  key,
  values: valuesOf(schema),
  preset: defaultOf(schema, needed),
  meaning: schema.description ?? variantsOf(schema).find(({ description }) => description)?.description ?? "",
});

function defaultOf(schema: JsonSchema, needed: boolean): string {
  if (needed) return "needed";
  const isRecord = typeof schema.default === "object" && variantsOf(schema).some(({ properties }) => properties);
  return schema.default === undefined || (isRecord && schema.default !== null) ? "" : code(schema.default);
}

/** What a key may be, in a few words. */
function valuesOf(schema: JsonSchema): string {
  const { type, items, properties } = schema;
  const variants = variantsOf(schema);
  if (variants.length > 1 && variants.every((variant) => kindOf(variant))) return "a record with its `kind`";
  if (variants.length > 1) return variants.map(valuesOf).join(" or ");
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (schema.allOf) return "any JSON";
  if (isModule(schema)) return "a [module](#modules)";
  if (Array.isArray(items)) return `[${items.map(valuesOf).join(", ")}]`;
  if (type === "array") return `list: each ${valuesOf((items ?? {}) as JsonSchema)}`;
  if (Array.isArray(type)) return type.map((one: string) => valuesOf({ ...schema, type: one })).join(" or ");
  if (properties) return "the keys below";
  if (type === "object") return "keys of its own";
  if (type === "integer") return `whole number ≥ ${schema.minimum ?? Math.floor((schema.exclusiveMinimum ?? -1) + 1)}`;
  if (type === "number") return `number${rangeOf(schema)}`;
  return type === "string" ? "text" : type === "boolean" ? "`true`, `false`" : `\`${String(type)}\``;
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined) return ` > ${exclusiveMinimum}`;
  return minimum === undefined ? "" : ` ≥ ${minimum}`;
}
