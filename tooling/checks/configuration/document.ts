import type { Row, Section } from "./tables.ts";

const head = `<!-- generated from the schema of runs by \`npx pnpm check configuration --fix\` -->

# Configuration

Every key of a run, as \`gmem-train run\` takes it: \`steps=1500\` on the command line, or in a file.

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/@gmem/runs/schema/run.schema.json
preset: cifar-nano # its keys hold where this file has none
name: mine
data: photos
optimizer: { lr: 1.0e-3 }
\`\`\`

The first line is for editors: they complete keys, show their meaning and mark mistakes. In a JSON file the same is
\`"$schema": "./node_modules/@gmem/runs/schema/run.schema.json"\`; in a checkout of the repository the schema is
[packages/runs/schema/run.schema.json](../packages/runs/schema/run.schema.json). A TypeScript file exports \`defineRun({ … })\`
of \`@gmem/runs\`. Settings on the command line come last and win: \`optimizer.lr=3e-3 objective.mask.p=0.2\`; lists are written
\`optimizer.betas=[0.9,0.95]\`. Choosing another \`kind\` of a part leaves the settings of the first behind. An unknown key is an
error that names the nearest known one. \`gmem-train presets NAME\` prints a preset as YAML, and \`config.json\` of a run folder
holds every key with its value.
`;

/** docs/configuration.md. */
export const documentOf = (sections: readonly Section[]): string =>
  [
    head,
    ...sections.map(({ title, about, kinds, rows }) => `## ${title}\n\n${about}\n\n${list(kinds)}${table(rows)}`),
  ].join("\n");

const list = (kinds: Section["kinds"]): string =>
  kinds.map(({ kind, about }) => `- \`${kind}\`: ${about}\n`).join("") + (kinds.length > 0 ? "\n" : "");

function table(rows: readonly Row[]): string {
  const parted = rows.some(({ kinds }) => kinds);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const columns = ["key", ...(parted ? ["kinds"] : []), "values", "default", "meaning"];
  const body = rows.map(({ key, kinds = [], values, preset, meaning }) =>
    line([`\`${key}\``, ...(parted ? [kinds.join(", ") || "all"] : []), values, preset, meaning]),
  );
  return line(columns) + line(columns.map(() => "---")) + body.join("");
}
