/** The labels of a series or a stream, as Prometheus and Loki have them. */
export type Labels = Readonly<Record<string, string>>;

/** The same for the same set of labels, whatever their order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `members` by the labels that `labelsOf` tells of each: groups and members in the order in which they came. */
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
