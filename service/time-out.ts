/** Time-outs that do not count a stall of this process against the other side. */

export interface TimeOut {
  clear(): void;
}

/**
 * Calls `onTimeOut` after the time (ms), unless cleared. After a stall (no CPU, a long collection) Node runs timers
 * before it reads its sockets, so it first reads what has arrived: one more turn of the event loop.
 */
export function startTimeOut(milliseconds: number, onTimeOut: () => void): TimeOut {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(onTimeOut);
  }, milliseconds);
  return {
    clear() {
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
