import { spawnSync } from "node:child_process";
import * as fs from "node:fs";

/** What stands in for Talos: says what the kernel was started with, and ends. */
const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "STARTED WITH: $(/bin/busybox cat /proc/cmdline)."
/bin/busybox poweroff -f
`;

const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const DEVICE = 0o020600;

/** A file system for a kernel, with busybox alone (cpio, format newc). */
export function initramfs(): Buffer {
  const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();
  const entries = [
    entry("bin", FOLDER),
    entry("dev", FOLDER),
    entry("proc", FOLDER),
    entry("dev/console", DEVICE, Buffer.alloc(0), [5, 1]),
    entry("bin/busybox", PROGRAM, fs.readFileSync(busybox)),
    entry("init", PROGRAM, Buffer.from(INIT)),
    entry("TRAILER!!!", 0),
  ];
  return Buffer.concat(entries);
}

function entry(name: string, mode: number, content = Buffer.alloc(0), [major, minor] = [0, 0]): Buffer {
  const fields = [0, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length + 1, 0];
  const head = `070701${fields.map((field) => (field ?? 0).toString(16).padStart(8, "0")).join("")}${name}\0`;
  return Buffer.concat([padded(Buffer.from(head)), padded(content)]);
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
}
