import { weakens } from "../../../components/core/kernel-protection";
import { parameters } from "../../engine/parameters";
import { resourceRule, type ResourceRule } from "../../engine/rule";
import { View } from "../../engine/view";
import { APPLY, talosConfig, TEMPLATES } from "../../engine/library/talos/config";
import { documentsIn } from "../../engine/library/talos/documents";
import { machineWith } from "./examples";
import { patchLast, talosRule } from "./talos-rule";

/** Settings of kernel and system. */

const SCHEMATIC = "talos:imageFactory/schematic:Schematic";

export const kernelArgs: ResourceRule = resourceRule({
  id: "talos-kernel-args",
  group: "talos",
  title: "Kernel args safe",
  severity: "high",
  references: ["KSPP"],
  types: [APPLY, ...TEMPLATES, SCHEMATIC],
  on: ({ type, key }) => type === APPLY || type === SCHEMATIC || TEMPLATES.includes(key),
  fix: "remove the argument",
  docs: {
    why: "Talos boots a hardened kernel. Arguments for finding a fault, or for a benchmark, weaken that on all machines.",
    // Talos (machinery 1.13.0) refuses install.extraKernelArgs beside grubUseUKICmdline, which it generates: arguments
    // belong into the schematic of the image
    pass: {
      type: SCHEMATIC,
      name: "metal",
      props: { schematic: "customization:\n  extraKernelArgs: [console=ttyS0, talos.dashboard.disabled=1]\n" },
    },
    fail: machineWith({ machine: { install: { extraKernelArgs: ["mitigations=off"] } } }),
  },
  *check(target) {
    const lists: View[] =
      target.type === SCHEMATIC
        ? schematics(target.root.field("schematic")).map((each) => each.at("customization", "extraKernelArgs"))
        : [target.memo(talosConfig)?.machine.at("install", "extraKernelArgs")].flatMap((view) => view ?? []);
    for (const list of lists) {
      for (const at of list.items()) {
        const message = weakens(at.text?.trim() ?? "");
        if (message !== undefined) yield { at, message };
      }
    }
  },
});

function schematics(text: View): View[] {
  return (documentsIn(text) ?? []).map((document, index) => new View(document, text.reader, text, index));
}

/** Least values that still protect. */
const FLOORS: Readonly<Record<string, number>> = {
  "kernel.kptr_restrict": 1,
  "kernel.dmesg_restrict": 1,
  "kernel.unprivileged_bpf_disabled": 1,
  "kernel.yama.ptrace_scope": 1,
  "kernel.randomize_va_space": 2,
  "kernel.kexec_load_disabled": 1,
  "net.core.bpf_jit_harden": 1,
  "fs.protected_hardlinks": 1,
  "fs.protected_symlinks": 1,
};

const SYSCTLS = parameters("talos-sysctls", (z) => ({
  userNamespaces: z.string().describe("Why user namespaces are on."),
}));

export const sysctls = talosRule({
  id: "talos-sysctls",
  title: "Sysctls safe",
  severity: "medium",
  references: ["KSPP"],
  fix: "remove the setting; a raised user.max_user_namespaces needs a reason in the parameter `userNamespaces`",
  params: SYSCTLS,
  docs: {
    why: "These settings keep processes without rights from reading addresses and the log of the kernel, and from loading eBPF programs.",
    pass: machineWith({ machine: { sysctls: { "net.ipv4.ip_forward": "1" } } }),
    fail: machineWith({ machine: { sysctls: { "kernel.kptr_restrict": "0" } } }),
  },
  *check({ machine, documents }, settings) {
    const reasoned = (SYSCTLS.of(settings).userNamespaces ?? "") !== "";
    const maps = [machine.field("sysctls"), ...documents("SysctlConfig").map((document) => document.field("params"))];
    for (const [name, at] of maps.flatMap((map) => map.entries())) {
      const key = name.replaceAll("/", ".");
      const value = Number(at.value);
      const floor = Object.hasOwn(FLOORS, key) ? FLOORS[key] : undefined;
      if (floor !== undefined && !(value >= floor)) yield { at, message: `${key} is below ${floor}` };
      if (key === "user.max_user_namespaces" && value > 0 && !reasoned)
        yield { at, message: "every process may become root of its own namespace" };
    }
  },
});

export const debug = talosRule({
  id: "talos-debug",
  title: "No debug",
  severity: "medium",
  references: ["Talos"],
  fix: "remove the setting",
  docs: {
    why: "With debug the machine writes everything it does to its console, and a kernel at debug level writes contents of its memory.",
    pass: machineWith(),
    fail: machineWith({ debug: true }),
  },
  remediate({ type, object }) {
    if (type !== APPLY) return;
    // arguments of the kernel are joined, not replaced: they have to be corrected where they stand
    patchLast(object, { debug: false, persist: true });
  },
  *check({ main, machine }) {
    const [on, persist] = [main.field("debug"), main.field("persist")];
    if (on.on) yield { at: on, message: "everything goes to the console" };
    if (persist.is(false)) yield { at: persist, message: "the configuration is gone after a restart" };
    for (const at of machine.at("install", "extraKernelArgs").items()) {
      if (/^(?:debug|talos\.debug(?:=.*)?|loglevel=[78]|ignore_loglevel|earlyprintk(?:=.*)?)$/.test(at.text ?? "")) {
        yield { at, message: "the kernel writes everything to the console" };
      }
    }
  },
});
