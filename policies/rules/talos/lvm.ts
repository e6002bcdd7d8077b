import type { TalosConfig } from "../../engine/library/talos/config";
import type { View } from "../../engine/view";
import { machineWith } from "./examples";
import { talosRule } from "./talos-rule";

/** What LVM of a machine finds on its devices. */

const PATH = "/etc/lvm/lvm.conf";

/** Modules whose devices are volumes of pods and guests: module, beginning of a device's path, what the devices are. */
const STORAGE: readonly (readonly [module: RegExp, device: string, what: string])[] = [
  [/^drbd$/, "/dev/drbd", "replicated volumes"],
  [/^zfs$/, "/dev/zd", "volumes of ZFS"],
  [/^dm[-_]thin[-_]pool$/, "/dev/dm-", "volumes of thin pools"],
];

const storageHost = (...devices: string[]) =>
  machineWith({
    machine: {
      kernel: { modules: [{ name: "drbd" }, { name: "zfs" }] },
      files: [
        {
          path: PATH,
          op: "overwrite",
          permissions: 0o644,
          content: `devices {\n  global_filter = [ ${devices.map((device) => `"r|^${device}|"`).join(", ")} ]\n}\n`,
        },
      ],
    },
  });

export const lvmFilter = talosRule({
  id: "talos-lvm-filter",
  title: "LVM leaves volumes alone",
  severity: "high",
  references: ["piraeus-operator#182", "deckhouse#1067"],
  fix: `overwrite ${PATH} by machine.files with a global_filter that rejects the devices: "r|^/dev/drbd|", "r|^/dev/zd|", "r|^/dev/dm-|"`,
  docs: {
    why: "Talos activates every LVM volume group that it finds, also one inside a replicated volume or on the disk of a guest. The device is in use from then on: it can be neither mounted nor demoted nor deleted, and at worst two machines write to it.",
    pass: storageHost("/dev/drbd", "/dev/zd"),
    fail: machineWith({ machine: { kernel: { modules: [{ name: "drbd" }] } } }),
  },
  *check(config) {
    const loaded = STORAGE.filter(([module]) => modulesOf(config).some((name) => module.test(name)));
    if (loaded.length === 0) return;
    const files = config.machine.field("files");
    const at = files
      .items()
      .findLast((file) => file.field("path").is(PATH))
      ?.field("content");
    const filters = at === undefined ? [] : filtersIn(at.text ?? "");
    const found = loaded.filter(([, device]) => !rejects(filters, device));
    if (found.length === 0) return;
    const message = `LVM of the machine activates what it finds inside ${found.map(([, , what]) => what).join(" and ")}`;
    yield { at: at ?? files, message, unless: config.hidden };
  },
});

function modulesOf({ machine, documents }: TalosConfig): string[] {
  const lists: View[] = [...machine.at("kernel", "modules").items(), ...documents("KernelModuleConfig")];
  return lists.flatMap((each) => each.field("name").text ?? []);
}

/** Longer is no such file. */
const LONGEST = 1 << 16;

/** The patterns of `filter` and `global_filter`, of which a device has to pass both: `r|^/dev/drbd|`. */
function filtersIn(text: string): string[][] {
  const uncommented = text.slice(0, LONGEST).replace(/("[^"\n]*")|#[^\n]*/g, "$1");
  return [...uncommented.matchAll(/\b(?:global_)?filter\s*=\s*(\[[^\]]*\]|"[^"\n]*")/g)].map(([, list = ""]) =>
    [...list.matchAll(/"([^"\n]*)"/g)].map(([, pattern = ""]) => pattern),
  );
}

/** The first pattern that a device matches decides; one that matches none is accepted. */
function rejects(filters: readonly (readonly string[])[], device: string): boolean {
  return filters.some((patterns) => {
    const first = patterns.find((pattern) => matches(pattern.slice(2, -1), device));
    return first?.startsWith("r") === true;
  });
}

/** Patterns are texts with an anchor and one group at most; other expressions are not evaluated, and match nothing. */
function matches(pattern: string, device: string): boolean {
  if (/^\^?(?:\.\*)?\$?$/.test(pattern)) return true;
  const group = /^([^()]*)\(([^()]*)\)([^()]*)$/.exec(pattern);
  if (group !== null) {
    const [, before = "", inner = "", after = ""] = group;
    return inner.split("|").some((each) => matches(`${before}${each}${after}`, device));
  }
  const text = pattern.replace(/^\^?(?:\.\*)?/, "").replace(/(?:\.\*|\[0-9\][*+])?\$?$/, "");
  return pattern.startsWith("^/") ? device.startsWith(text) : device.includes(text);
}
