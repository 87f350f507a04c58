import type { Outcome } from '../timeline';

/** The colour family of an outcome or a change: a CSS class of style.ts. */
export type Tone = 'good' | 'changed' | 'calm' | 'bad' | 'warn' | 'now';

export const outcomeTones: Readonly<Record<Outcome, Tone>> = {
  succeeded: 'good',
  running: 'now',
  failed: 'bad',
  caught: 'bad',
  'timed-out': 'bad',
  aborted: 'warn',
};

/** A caught failure is shown as a failure; the drawing shows that the machine went on by its Catch. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  succeeded: 'done',
  running: 'running',
  failed: 'failed',
  caught: 'failed',
  'timed-out': 'timed out',
  aborted: 'stopped',
};

const changeTones: Readonly<Record<string, Tone>> = {
  added: 'changed',
  updated: 'changed',
  removed: 'changed',
  unchanged: 'calm',
  done: 'calm',
  pending: 'now',
  passed: 'good',
  failed: 'bad',
  warned: 'warn',
  drifted: 'warn',
  'not-evaluated': 'warn',
};

export function changeTone(change: string): Tone {
  return changeTones[change] ?? 'calm';
}

/** `0.42 s`, `12.3 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
