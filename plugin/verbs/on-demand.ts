/**
 * The modules of the verbs, each loaded when its verb runs: the SDK clients of all of them take longer to load than most
 * verbs run. By `require`, as tsx does not resolve `import()` for a plugin that the framework loads.
 */
export const verbs = {
  get attach() {
    return require('./attach') as typeof import('./attach');
  },
  get cost() {
    return require('./cost') as typeof import('./cost');
  },
  get diagnose() {
    return require('./diagnose/diagnose') as typeof import('./diagnose/diagnose');
  },
  get diff() {
    return require('./diff') as typeof import('./diff');
  },
  get info() {
    return require('./info') as typeof import('./info');
  },
  get remove() {
    return require('./remove') as typeof import('./remove');
  },
  get report() {
    return require('./report-command') as typeof import('./report-command');
  },
  get services() {
    return require('./services') as typeof import('./services');
  },
  get setup() {
    return require('./setup') as typeof import('./setup');
  },
  get stackProgress() {
    return require('../watch/stack-progress') as typeof import('../watch/stack-progress');
  },
};
