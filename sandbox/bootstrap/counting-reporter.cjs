const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

/** Mocha's usual report, and the numbers of it in a file, since several runs are added up. */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed } = this.stats;
      writeFileSync(process.env.FIRMAMENT_TEST_COUNTS, JSON.stringify({ passed, failed }));
    });
  }
};
