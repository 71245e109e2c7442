/** How many letters must be added, removed or changed to make one word of the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(from).entries()) {
    const current = [row + 1];
    for (const [column, wanted] of Array.from(to).entries()) {
      const replaced = (previous[column] ?? 0) + (letter === wanted ? 0 : 1);
      const removed = (previous[column + 1] ?? 0) + 1;
      const added = (current[column] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The name that was most likely meant, or undefined where none is close. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const word = name.toLowerCase();
  const nearest = names
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate.toLowerCase()) }))
    .reduce((best, next) => (next.distance < best.distance ? next : best), {
      candidate: "",
      distance: Infinity,
    });
  return nearest.distance <= Math.max(2, Math.floor(word.length / 2))
    ? nearest.candidate
    : undefined;
}
