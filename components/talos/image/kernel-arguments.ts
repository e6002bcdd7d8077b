/** What kernel arguments depend on. */
export interface Booted {
  /** Release of Talos: v1.13.0 */
  readonly version: string;
  readonly secureBoot: boolean;
  /** Those of the image. */
  readonly kernelArguments: readonly string[];
}

/**
 * Talos' own arguments on amd64 machines of metal, in the order in which the image factory has them (machinery 1.12.0,
 * 1.13.0 and 1.14.0-alpha.1, image-factory 1.3.3). Without slab_nomerge and pti=on it refuses to start.
 */
function ownArguments({ version, secureBoot }: Booted): string[] {
  const minor = Number(version.split(".")[1]);
  return [
    "talos.platform=metal",
    "console=tty0",
    ...(minor < 14 ? ["init_on_alloc=1"] : []),
    "slab_nomerge",
    "pti=on",
    "consoleblank=0",
    ...(minor < 14 ? ["nvme_core.io_timeout=4294967295"] : []),
    "printk.devkmsg=on",
    "selinux=1",
    "module.sig_enforce=1",
    ...(minor < 13 ? [] : ["proc_mem.force_override=never"]),
    ...(secureBoot ? ["lockdown=confidentiality"] : []),
  ];
}

/**
 * All arguments of the kernel, as the image factory puts them together: those of the image after Talos' own, values of
 * one name side by side, consoles in place of Talos' own, and without what `-name` or `-name=value` takes away.
 */
export function kernelCommandLine(booted: Booted): string[] {
  const line = byName(ownArguments(booted));
  for (const [name, values] of byName(booted.kernelArguments)) {
    const before = line.get(name.slice(1)) ?? [];
    if (!name.startsWith("-")) {
      line.set(name, name === "console" ? values : [...(line.get(name) ?? []), ...values]);
    } else if (values[0] === "") {
      line.delete(name.slice(1));
    } else if (line.has(name.slice(1))) {
      line.set(
        name.slice(1),
        before.filter((value) => !values.includes(value)),
      );
    }
  }
  return [...line].flatMap(([name, values]) => values.map((value) => (value === "" ? name : `${name}=${value}`)));
}

function byName(args: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const argument of args) {
    const [, name = "", value = ""] = /^([^=]*)=?(.*)$/.exec(argument) ?? [];
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}
