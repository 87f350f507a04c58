/** Plain JavaScript, because it is loaded by Node alone, before the program of a process whose clock can jump. */
'use strict';
const { readFileSync } = require('node:fs');

/** How long what the file says is believed, milliseconds: the time is asked for often. */
const BELIEVED = 20;

/** Puts `scope.Date` ahead by the milliseconds in `file`, in whatever way it is asked for the time; returns what takes that back. */
exports.putAhead = (scope, file) => {
  const Real = scope.Date;
  let [ahead, readAt] = [0, Number.NEGATIVE_INFINITY];
  const now = () => {
    if (performance.now() - readAt > BELIEVED) {
      ahead = Number(readFileSync(file, 'utf8'));
      readAt = performance.now();
    }
    return Real.now() + ahead;
  };
  scope.Date = new Proxy(Real, {
    construct: (_, given, target) => Reflect.construct(Real, given.length === 0 ? [now()] : given, target),
    apply: () => new Real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  return () => {
    scope.Date = Real;
  };
};
