/** Plain JavaScript, because Node preloads it without a compiler in each process whose clock can jump. */
'use strict';
const { readFileSync } = require('node:fs');

/** How long the file's value is cached (ms), because the time is read often. */
const BELIEVED = 20;

/**
 * Moves `scope.Date` ahead by the milliseconds in `file`, for every way of reading the time. Returns a function that
 * undoes it.
 */
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
