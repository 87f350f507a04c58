import { closest, distance } from 'fastest-levenshtein';

/** The candidate that differs by the fewest letters, when these are at most a third of the word. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = candidates.map((candidate) => candidate.toLowerCase());
  const found = closest(word.toLowerCase(), lower);
  const near = distance(word.toLowerCase(), found) <= Math.max(1, Math.floor(word.length / 3));
  return near ? candidates[lower.indexOf(found)] : undefined;
}
