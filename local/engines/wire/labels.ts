/** The labels of a series (Prometheus) or a stream (Loki). */
export type Labels = Readonly<Record<string, string>>;

/** A key of a set of labels that does not depend on their order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Groups `members` by the labels that `labelsOf` returns. Groups and members keep their order. */
export function groupByLabels<Member>(
  members: readonly Member[],
  labelsOf: (member: Member) => Labels,
): { labels: Labels; members: Member[] }[] {
  const groups = new Map<string, { labels: Labels; members: Member[] }>();
  for (const member of members) {
    const labels = labelsOf(member);
    const key = keyOf(labels);
    const known = groups.get(key);
    if (known) known.members.push(member);
    else groups.set(key, { labels, members: [member] });
  }
  return [...groups.values()];
}
