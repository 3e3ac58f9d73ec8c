/**
 * Which of `length` rows a preview shows: with labels, one row of each class in turn, of classes evenly spaced where there
 * are more than pictures; without, rows evenly spaced, for a folder's order may be that of its subfolders. Ascending.
 */
export function previewRows(
  length: number,
  { count, labels }: { count: number; labels?: ArrayLike<number> },
): Int32Array {
  const wanted = Math.min(count, length);
  if (!labels) return evenly(length, wanted);
  const groups = new Map<number, number[]>();
  for (let row = 0; row < length; row++) {
    const label = labels[row] as number;
    const group = groups.get(label);
    if (group) group.push(row);
    else groups.set(label, [row]);
  }
  const byClass = [...groups].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  const shown = evenly(byClass.length, Math.min(wanted, byClass.length));
  const picked: number[] = [];
  for (let turn = 0; picked.length < wanted; turn++)
    for (const group of shown) {
      const row = byClass[group]?.[turn];
      if (row !== undefined && picked.length < wanted) picked.push(row);
    }
  return Int32Array.from(picked).sort();
}

/** `count` of 0 … length − 1, as far apart as can be. */
export const evenly = (length: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
