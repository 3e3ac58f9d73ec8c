/** Declarations of a report by `entry: name`. */
function declarations(report: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let entry = "";
  for (const paragraph of report.split(/\n{2,}/)) {
    const text = paragraph.replace(/^```(ts)?$/gm, "").trim();
    if (text.startsWith("## ")) entry = text.slice(3);
    else if (entry !== "" && text !== "" && !text.startsWith("import ")) {
      const key = `${entry}: ${nameOf(text)}`;
      found.set(key, found.has(key) ? `${found.get(key)}\n${text}` : text); // overloads
    }
  }
  return found;
}

const nameOf = (text: string): string => {
  const [, list] = /^export \{\s*(?:type )?(.*?)\s*\}/.exec(text) ?? [];
  if (list !== undefined) return list.split(" as ").at(-1) as string;
  const [, name] =
    /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function|class|interface|type|namespace|enum) ([\w$]+)/.exec(
      text,
    ) ?? [];
  return name ?? text;
};

/** A member that may be left out: whoever has a value of the type without it still has one. */
const optionalMember = /^\s+(readonly )?[\w$"'-]+\?[:(].*;$/;

/** Whether a declaration still accepts and gives what it did: nothing is gone, and what is new may be left out. */
function accepts(before: string, after: string): boolean {
  const left = before.split("\n");
  for (const line of after.split("\n"))
    if (left[0] === line) left.shift();
    else if (!optionalMember.test(line)) return false;
  return left.length === 0;
}

/** What a report has no more, or has differently, than an earlier one: `removes x of @gmem/y`, one each. */
export function breakingChanges(before: string, after: string): readonly string[] {
  const now = declarations(after);
  return [...declarations(before)].flatMap(([key, text]) => {
    const [entry, name] = key.split(": ") as [string, string];
    const found = now.get(key);
    if (found === undefined) return [`removes ${name} of ${entry}`];
    return accepts(text, found) ? [] : [`changes ${name} of ${entry}`];
  });
}
