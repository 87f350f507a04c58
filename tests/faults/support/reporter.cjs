/** Prints the numbers of faults tried and survived. After a whole run it writes the table of docs/reliability.md. */
const { mkdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const { require: requireTypeScript } = require('tsx/cjs/api');

module.exports = class FaultReporter {
  onRunStart() {
    const file = process.env.FAULT_RESULTS;
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(file, { force: true });
  }

  onRunComplete() {
    const { summarize } = requireTypeScript('./results.ts', __filename);
    process.stdout.write(summarize(process.env.FAULT_RESULTS));
  }
};
