// The layers of AGENTS.md, as rules. Lower layers never import higher ones; packages of one layer never import each other.
const layers = [
  ["tensor"],
  ["nn", "spec", "weights", "engine-onnx", "engine-tfjs", "report", "terminal"],
  ["jobs", "testing"], // on the contracts; testing is for development
  [
    "backbones",
    "tokenizers",
    "encoders",
    "samplers",
    "memory-bank",
    "class-table",
    "unconditional",
    "t2s",
    "model",
    "datasets",
  ],
  ["trainer", "metrics"],
  ["runs"],
  ["gmem", "drawings", "studies"],
  ["workers"],
];

const isTest = "\\.(test|test-d)\\.ts$";
const inside = (names) => `^packages/(${names.join("|")})/`;

const upward = layers.flatMap((names, level) =>
  names.map((name) => ({
    name: `layer-${level}-${name}`,
    comment: `${name} is in layer ${level}: it imports lower layers only, never its siblings`,
    severity: "error",
    from: { path: `^packages/${name}/src/`, pathNot: isTest },
    to: {
      path: inside(
        layers
          .slice(level)
          .flat()
          .filter((other) => other !== name),
      ),
    },
  })),
);

module.exports = {
  forbidden: [
    ...upward,
    {
      name: "runs-is-watched",
      comment: "runs takes onProgress and watch: what people see of it is the apps' affair",
      severity: "error",
      from: { path: "^packages/runs/", pathNot: isTest },
      to: { path: "^packages/(report|terminal)/" },
    },
    {
      name: "apps-never-import-apps",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "packages-never-import-apps",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(apps|examples|bench|e2e|tooling)/" },
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-deep-import",
      comment: "another package is reached through its exports, never through a relative path into it",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },
    {
      name: "testing-is-for-tests",
      comment: "@gmem/testing is a development dependency",
      severity: "error",
      from: { path: "^packages/(?!testing/)", pathNot: `(${isTest}|\\.conformance\\.ts$|^packages/[^/]+/test/)` },
      to: { path: "^packages/testing/" },
    },
    { name: "not-resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules|\\.check-docs-[^/]*)/" },
    tsPreCompilationDeps: true,
    parser: "tsc",
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@gmem/source", "types", "import", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};
