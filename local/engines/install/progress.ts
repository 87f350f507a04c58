/** Reports progress to a person: a bar on a terminal, elsewhere a line for every 10 %. */
export interface Progress {
  /** `done` of `total`, in bytes or packages. Without a total it shows `done` alone. */
  update(done: number, total: number | undefined, unit: string): void;
  /** Writes a message on its own line. */
  report(line: string): void;
}

const width = 30;

export function createProgress(
  title: string,
  output: { readonly isTTY?: boolean; write(text: string): unknown },
): Progress {
  let lastTenth = -1;
  let hasBar = false;
  const clear = (): void => {
    if (hasBar) output.write('\r\u001b[K');
    hasBar = false;
  };
  return {
    update(done, total, unit) {
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const text =
        share === undefined
          ? `${format(done, unit)}`
          : `${String(Math.floor(share * 100)).padStart(3)} % of ${format(total ?? 0, unit)}`;
      if (output.isTTY) {
        const filled = Math.round((share ?? 0) * width);
        output.write(`\r\u001b[K${title} [${'█'.repeat(filled)}${'·'.repeat(width - filled)}] ${text}`);
        hasBar = true;
        return;
      }
      const tenth = Math.floor((share ?? 0) * 10);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      output.write(`${title}: ${text}\n`);
    },
    report(line) {
      clear();
      output.write(`${title}: ${line}\n`);
    },
  };
}

function format(amount: number, unit: string): string {
  return unit === 'bytes' ? `${(amount / 1e6).toFixed(1)} MB` : `${amount} ${unit}`;
}
