// A line of CHANGELOG.md is what a changeset says; dependencies that moved are one line, with their versions.
exports.getReleaseLine = async ({ summary }) => {
  const [first, ...rest] = summary.split("\n").map((line) => line.trimEnd());
  return [`- ${first}`, ...rest.map((line) => (line ? `  ${line}` : ""))].join("\n");
};

exports.getDependencyReleaseLine = async (_, dependencies) =>
  dependencies.length === 0
    ? ""
    : `- Moves to ${dependencies.map(({ name, newVersion }) => `${name} ${newVersion}`).join(", ")}.`;
