/**
 * The number of things leaked, from a series of counts: the growth after its first quarter; 0 unless each quarter
 * grows.
 *
 * A straight line through the counts would take a kept-alive connection for growth: one that comes and goes within a
 * quarter, and one that stays and raises the counts once. A leak raises the minimum: each quarter's is above that of
 * the quarter before. The first quarter is the warm-up. A leak of at least once in a quarter is found.
 */
export function leaked(counts: readonly number[]): number {
  const [, ...floors] = [0, 1, 2, 3].map((quarter) =>
    Math.min(...counts.slice((quarter * counts.length) / 4, ((quarter + 1) * counts.length) / 4)),
  );
  const rises = floors.slice(1).map((floor, index) => floor - (floors[index] ?? floor));
  return rises.every((rise) => rise >= 1) ? rises.reduce((sum, rise) => sum + rise, 0) : 0;
}
