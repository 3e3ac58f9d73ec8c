const numbered = (kind: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${kind}${first + i}`);

/** A section and its subsections: `section("App. E", 2)` is App. E, App. E.1 and App. E.2. */
const section = (name: string, subsections = 0): string[] => [name, ...numbered(`${name}.`, 1, subsections)];

/** Every place of the paper that docs/paper-map.md has a row for, by its first cell. */
export const paperPlaces: readonly string[] = [
  ...section("§ 1"),
  ...section("§ 2"),
  ...section("§ 3", 2),
  ...section("§ 4", 4),
  ...section("§ 5", 5),
  ...section("§ 6"),
  ...numbered("Eq. ", 1, 9),
  "Algorithm 1",
  ...section("App. A"),
  ...section("App. B"),
  ...section("App. C"),
  ...section("App. D", 2),
  ...section("App. E", 2),
  ...section("App. F", 8),
  ...section("App. G", 7),
  ...section("App. H", 4),
  ...section("App. I", 2),
  ...section("App. J"),
  ...section("App. K"),
  ...section("App. L"),
  ...numbered("Figure ", 1, 11),
  ...numbered("Table ", 1, 15),
];
