/**
 * Loaded before a program that a killed engine would leave behind: ends the process when whoever started it is gone.
 */
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 1000).unref();
