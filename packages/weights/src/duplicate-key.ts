/** The first key that an object of this valid JSON text has twice; `JSON.parse` would silently keep the last one. */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // one entry for each open bracket, a set for objects
  let last = "";
  for (let i = 0; i < text.length; i++) {
    const symbol = text[i];
    if (symbol === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      last = text.slice(start, i + 1);
    } else if (symbol === "{") open.push(new Set());
    else if (symbol === "[") open.push(undefined);
    else if (symbol === "}" || symbol === "]") open.pop();
    else if (symbol === ":") {
      const keys = open.at(-1);
      const name: string = last.includes("\\") ? JSON.parse(last) : last.slice(1, -1);
      if (keys?.has(name)) return name;
      keys?.add(name);
    }
  }
  return undefined;
}
