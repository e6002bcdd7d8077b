import { names, parameters } from "../../engine/parameters";
import { isFromRegistry, isMovingTag, parseImage } from "../../engine/library/images";
import { section } from "../../engine/remediation";
import { objectRule } from "../../engine/rule";
import { kubeVirt } from "./examples";

const KIND = ["kubevirt.io/KubeVirt"];

/** Gates that give guests parts of their host, or images of theirs a place beside the machine. */
const DANGEROUS = [
  "HostDisk",
  "Root",
  "Sidecar",
  "HostDevices",
  "VSOCK",
  "EnableVirtioFsStorageVolumes",
  "ExperimentalVirtiofsSupport",
  "ContainerPathVolumes",
  "DownwardMetrics",
  "Plugins",
];

/** Gates that narrow what virt-handler and a machine's pod may do. */
const WANTED = ["NodeRestriction", "KubevirtSeccompProfile"];

export const featureGates = objectRule({
  id: "kv-feature-gates",
  group: "kubevirt",
  title: "Feature gates safe",
  severity: "critical",
  references: ["CVE-2025-64324", "CVE-2023-26484", "KubeVirt feature gates"],
  kinds: KIND,
  fix: "remove the gate, and keep NodeRestriction and KubevirtSeccompProfile",
  docs: {
    why: "These gates must be off because each gives a guest access to its node: files, devices, root, images of its own. The two that are required keep an attacker on one node from changing others, and an attacker in a machine from unusual system calls.",
    pass: kubeVirt(),
    fail: kubeVirt({
      developerConfiguration: { featureGates: ["NodeRestriction", "KubevirtSeccompProfile", "HostDisk"] },
    }),
  },
  *check({ spec }, settings) {
    const developer = spec.at("configuration", "developerConfiguration");
    const gates = developer.field("featureGates");
    const granted = Object.values(settings.grants).some(({ devices, gpus }) => devices.length + gpus.length > 0);
    for (const gate of gates.items()) {
      const name = gate.text ?? "";
      if (!DANGEROUS.includes(name) || (name === "HostDevices" && granted)) continue;
      yield { at: gate, message: `gate ${name} gives guests parts of their node` };
    }
    const on = gates.texts();
    for (const name of WANTED)
      if (!on.includes(name)) yield { at: gates, message: `gate ${name} is missing`, missing: true };
    for (const gate of developer.field("disabledFeatureGates").items()) {
      if (WANTED.includes(gate.text ?? "")) yield { at: gate, message: `gate ${gate.text ?? ""} is switched off` };
    }
  },
});

const MIGRATION = parameters("kv-migration-tls", (z) => ({
  network: z.string().describe("Name of the network that is there for migrations."),
}));

export const migrationTls = objectRule({
  id: "kv-migration-tls",
  group: "kubevirt",
  title: "Migration encrypted",
  severity: "high",
  references: ["NSA network separation"],
  kinds: KIND,
  fix: "leave disableTLS out, bound allowAutoConverge by completionTimeoutPerGiB, set evictionStrategy to LiveMigrate",
  params: MIGRATION,
  docs: {
    why: "A machine that moves sends its whole memory over the network, keys and passwords included. Auto-convergence without a bound slows the guest down until the migration ends; without an eviction strategy machines are not migrated at all.",
    pass: kubeVirt({ migrations: { allowAutoConverge: true, completionTimeoutPerGiB: 150, network: "migration" } }),
    fail: kubeVirt({ migrations: { disableTLS: true } }),
  },
  *check({ spec }, settings) {
    const configuration = spec.field("configuration");
    const migrations = configuration.field("migrations");
    const clear = migrations.field("disableTLS");
    if (clear.on) yield { at: clear, message: "the memory of machines is sent unencrypted" };
    const converge = migrations.field("allowAutoConverge");
    const bound = migrations.field("completionTimeoutPerGiB");
    if (converge.on && !((bound.number ?? 0) > 0)) {
      yield { at: converge, message: "guests are slowed down without bound", unless: [bound] };
    }
    // whether there is a network for migrations only the platform knows
    const network = migrations.field("network");
    if (MIGRATION.of(settings).network !== undefined && !network.present) {
      yield { at: network, message: "migrations do not use the network that is there for them" };
    }
    const strategy = configuration.field("evictionStrategy");
    if (!["LiveMigrate", "LiveMigrateIfPossible"].includes(strategy.text ?? "")) {
      yield { at: strategy, message: "the drain of a node ends its machines" };
    }
  },
  remediate: ({ object }) => {
    const spec = section(object, "spec");
    const configuration = spec === undefined ? undefined : section(spec, "configuration");
    if (configuration === undefined) return;
    const { migrations } = configuration;
    if (typeof migrations === "object" && migrations !== null)
      delete (migrations as Record<string, unknown>)["disableTLS"];
    const { evictionStrategy } = configuration;
    if (evictionStrategy === undefined || evictionStrategy === null || evictionStrategy === "None") {
      configuration["evictionStrategy"] = "LiveMigrate";
    }
  },
});

const INFRA = parameters("kv-infra-replicas", (z) => ({
  devices: names(z).describe("Host devices that may be permitted, beside the granted ones."),
}));

export const infraReplicas = objectRule({
  id: "kv-infra-replicas",
  group: "kubevirt",
  title: "KubeVirt redundant and pinned",
  severity: "low",
  references: ["KubeVirt high availability"],
  kinds: KIND,
  fix: "set infra.replicas to 2 or more, pin imageTag, take images from an allowed registry, permit only granted devices",
  params: INFRA,
  docs: {
    why: "While virt-api or virt-controller is unavailable no machine starts, stops or migrates. A moving tag changes the hypervisor without a deployment; a permitted device without a grant can be used by every tenant.",
    pass: kubeVirt(),
    fail: kubeVirt({}, { infra: { replicas: 1 } }),
  },
  *check({ spec }, settings) {
    const replicas = spec.at("infra", "replicas");
    if (replicas.present && !((replicas.number ?? 0) >= 2)) {
      yield { at: replicas, message: "with one replica it is unavailable while its node restarts" };
    }
    const tag = spec.field("imageTag");
    if (tag.text !== undefined && tag.text !== "" && isMovingTag(tag.text)) {
      yield { at: tag, message: `tag ${tag.text} can be moved to another image` };
    }
    const registry = spec.field("imageRegistry");
    if (registry.text !== undefined && registry.text !== "" && settings.registries !== undefined) {
      const image = parseImage(`${registry.text}/virt-operator:1`);
      if (image === undefined || !isFromRegistry(image, settings.registries)) {
        yield { at: registry, message: "images come from a registry that is not allowed" };
      }
    }
    const granted = new Set([
      ...Object.values(settings.grants).flatMap(({ devices, gpus }) => [...devices, ...gpus]),
      ...(INFRA.of(settings).devices ?? []),
    ]);
    const permitted = spec.at("configuration", "permittedHostDevices");
    for (const list of ["pciHostDevices", "mediatedDevices", "usb"]) {
      for (const device of permitted.field(list).items()) {
        const name = device.field("resourceName");
        if (name.text === undefined || !granted.has(name.text)) {
          yield { at: name, message: "the device is permitted, but no namespace has a grant for it" };
        }
      }
    }
  },
});
