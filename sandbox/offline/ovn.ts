import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";
import { InvalidInput } from "../../components/core/problem";
import type { OvnPrograms } from "../../automation/prove/ovn";
import { OVN } from "../../automation/cli/prove";
import { cachedArtifact, type ToolchainOptions } from "./toolchain";

const run = promisify(execFile);

/** Debian's packages of OVN and what they link that a small system lacks. Nothing is installed: they are unpacked. */
const PACKAGES = ["ovn-central", "ovn-common", "openvswitch-common", "libunbound8", "libxdp1", "libbpf1"];

const ROOT = "root";

/**
 * OVN's programs: those on PATH, or Debian's packages, unpacked into the tool cache.
 *
 * @throws InvalidInput where neither can be had: then nothing is proven.
 */
export async function ovnPrograms(options: ToolchainOptions): Promise<OvnPrograms> {
  const env = options.env ?? process.env;
  const installed = await onPath((env["PATH"] ?? "").split(path.delimiter));
  if (installed !== undefined) return installed;
  const release = await debianRelease();
  const artifact = await cachedArtifact(
    { name: "ovn", version: release, inputs: PACKAGES, seconds: 30, label: "unpack OVN of Debian" },
    options,
    async (into, task) => {
      const fetched = await task.run("apt-get", ["download", ...PACKAGES], { cwd: task.scratch, env });
      if (fetched.code !== 0) throw without(`apt-get download: ${fetched.stderr.trim().split("\n").at(-1) ?? ""}`);
      for (const name of (await fs.readdir(task.scratch)).filter((file) => file.endsWith(".deb"))) {
        task.note(name);
        // below a folder of its own: it gives the one that it unpacks into the date of the package, and the cache drops
        // what nobody has used for so long
        const args = ["-x", path.join(task.scratch, name), path.join(into, ROOT)];
        const { code, stderr } = await task.run("dpkg-deb", args, { cwd: task.scratch, env });
        if (code !== 0) throw without(stderr.trim());
      }
    },
  );
  const root = path.join(artifact, ROOT);
  const libraries = await fs.readdir(path.join(root, "usr", "lib"));
  return {
    folders: [path.join(root, "usr", "bin"), path.join(root, "usr", "sbin")],
    libraries: libraries.map((folder) => path.join(root, "usr", "lib", folder)).join(path.delimiter),
    schemas: path.join(root, "usr", "share", "ovn"),
  };
}

async function onPath(folders: readonly string[]): Promise<OvnPrograms | undefined> {
  const found = new Set<string>();
  for (const name of OVN) {
    const folder = await firstWith(folders, name);
    if (folder === undefined) return undefined;
    found.add(folder);
  }
  return { folders: [...found], schemas: "/usr/share/ovn" };
}

async function firstWith(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders.filter((each) => each !== "")) {
    if (await exists(path.join(folder, name))) return folder;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return await fs.access(file).then(
    () => true,
    () => false,
  );
}

/** Packages of one release are not those of another. */
async function debianRelease(): Promise<string> {
  const text = await fs.readFile("/etc/os-release", "utf8").catch(() => "");
  const [, id = ""] = /^ID=(.*)$/m.exec(text) ?? [];
  const [, version = ""] = /^VERSION_ID="?([^"\n]*)"?$/m.exec(text) ?? [];
  const apt = await run("apt-get", ["--version"]).catch(() => undefined);
  if (apt === undefined || !["debian", "ubuntu"].includes(id))
    throw without("neither on PATH nor a Debian or Ubuntu with apt-get");
  return `${id}-${version}`;
}

function without(given: string): InvalidInput {
  const rule = "isolation is not proven: OVN's databases and tracer answer for it";
  const fix = "install OVN (Debian: ovn-central and ovn-common), or run `apt-get update` and this command again";
  return new InvalidInput("OVN", [{ where: "programs of OVN", given, rule, fix }]);
}
