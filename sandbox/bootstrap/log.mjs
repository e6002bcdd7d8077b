/** Standard output belongs to results. */
export function log(line) {
  process.stderr.write(`${line}\n`);
}

/** Ends the run with one message in the form of the whole project. */
export function fail(where, given, rule, fix) {
  log(`${where}: ${given} — ${rule}; ${fix}`);
  process.exit(1);
}
