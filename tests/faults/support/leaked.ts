/**
 * How many things more are held at the end of a row of counts than a quarter in; 0 unless ever more are.
 *
 * A kept connection comes and goes within a quarter and one that stays for the rest lifts the counts once, so a straight line through
 * them takes either for growth. A leak lifts what is never gone below: the least of each quarter is above that of the one before. The
 * first quarter is the warm-up. What leaks once in a quarter or oftener is found.
 */
export function leaked(counts: readonly number[]): number {
  const [, ...floors] = [0, 1, 2, 3].map((quarter) =>
    Math.min(...counts.slice((quarter * counts.length) / 4, ((quarter + 1) * counts.length) / 4)),
  );
  const rises = floors.slice(1).map((floor, index) => floor - (floors[index] ?? floor));
  return rises.every((rise) => rise >= 1) ? rises.reduce((sum, rise) => sum + rise, 0) : 0;
}
