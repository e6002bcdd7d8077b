import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "./log.mjs";

const HEARTBEAT_MS = 2_000;
/** Also for a process number that was given to somebody else meanwhile. */
const SILENT_TOO_LONG_MS = 20_000;

/**
 * Does something while no other process does. Toolchain's file-lock does the same better, but has to be compiled
 * first, and that is what is locked here.
 */
export async function exclusively(file, what, action) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), since: Date.now() });
  let logged = false;
  writeFileSync(draft, mine);
  try {
    while (!take(draft, file)) {
      const owner = read(file);
      if (owner !== undefined && !alive(file, owner)) {
        remove(file, owner);
        continue;
      }
      if (!logged) log(`waiting for another process that ${what}`);
      logged = true;
      await sleep(200);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

/** Sets the time of a file, if it is (still) there. */
export function touch(file, time = new Date()) {
  try {
    utimesSync(file, time, time);
  } catch {
    // gone: somebody took this process for dead, and both do the same work
  }
}

function take(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function alive(file, owner) {
  try {
    const { pid, host } = JSON.parse(owner);
    if (Date.now() - statSync(file).mtimeMs > SILENT_TOO_LONG_MS) return false;
    if (host === hostname()) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM" || error.code === "ENOENT";
  }
}

/** Removes a dead lock, unless it has another owner by now. */
function remove(file, owner) {
  const aside = `${file}.dead.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== owner) linkSync(aside, file);
  } catch {
    // somebody else was faster
  } finally {
    rmSync(aside, { force: true });
  }
}
