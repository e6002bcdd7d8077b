import { parameters, names } from "../../engine/parameters";
import { APPLY } from "../../engine/library/talos/config";
import { machineWith, without } from "./examples";
import { flagIn, patchLast, talosRule } from "./talos-rule";

const KUBELET = parameters("talos-kubelet", (z) => ({
  servingCertificates: z
    .enum(["self-signed", "signed"])
    .describe("self-signed where no controller approves the certificate requests of kubelets."),
  mounts: names(z).describe("Paths of the machine that the kubelet may see."),
}));

export const kubelet = talosRule({
  id: "talos-kubelet",
  title: "Kubelet hardened",
  severity: "high",
  references: ["CIS 4.2.6", "CIS 4.2.12", "CIS 4.2.13"],
  fix: "set what is named, keep what Talos generates, list mounts in the parameter `mounts`",
  params: KUBELET,
  docs: {
    why: "The kubelet runs every pod: whether it limits their processes, restricts their system calls and has a signed certificate decides what a pod can do to the machine.",
    pass: machineWith(),
    fail: machineWith({ machine: { kubelet: { extraConfig: { podPidsLimit: without } } } }),
  },
  remediate({ type, object }) {
    if (type !== APPLY) return;
    const kubelet = {
      defaultRuntimeSeccompProfileEnabled: true,
      disableManifestsDirectory: true,
      extraArgs: {
        "rotate-server-certificates": "true",
        "protect-kernel-defaults": without,
        "pod-max-pids": without,
        "allowed-unsafe-sysctls": without,
      },
      extraConfig: {
        podPidsLimit: 4096,
        protectKernelDefaults: without,
        allowedUnsafeSysctls: without,
        serverTLSBootstrap: without,
      },
    };
    patchLast(object, { machine: { kubelet } });
  },
  *check({ machine, documents }, settings) {
    const classic = machine.field("kubelet");
    const [document] = documents("KubeletConfig");
    const section = document ?? classic;
    const [args, extra] = [
      section.field("extraArgs"),
      section.field(document === undefined ? "extraConfig" : "config"),
    ];
    const seccomp = section.field("defaultRuntimeSeccompProfileEnabled");
    if (!seccomp.is(true)) yield { at: seccomp, message: "pods run without a seccomp profile" };
    const manifests = classic.field("disableManifestsDirectory");
    // a machine that is configured by the document has no such directory
    if (document === undefined && !manifests.is(true))
      yield { at: manifests, message: "a file in a directory becomes a pod without admission" };

    const selfSigned = KUBELET.of(settings).servingCertificates === "self-signed";
    const rotate = flagIn(args, "rotate-server-certificates");
    const asks = extra.field("serverTLSBootstrap");
    if (!selfSigned && rotate?.value !== "true" && !asks.is(true)) {
      const at = rotate?.at ?? args.field("rotate-server-certificates");
      yield { at, message: "the kubelet signs its certificate itself", unless: [asks] };
    }
    // Talos sets it, and refuses other values: only false counts
    const defaults = extra.field("protectKernelDefaults");
    if (defaults.is(false)) yield { at: defaults, message: "the kubelet changes the kernel's settings" };
    const protects = flagIn(args, "protect-kernel-defaults");
    if (protects?.value === "false") yield { at: protects.at, message: "the kubelet changes the kernel's settings" };

    const pids = extra.field("podPidsLimit");
    const byFlag = Number(flagIn(args, "pod-max-pids")?.value ?? 0);
    if (!((pids.number ?? 0) > 0) && !(byFlag > 0))
      yield { at: pids, message: "a pod may take every process id of the machine" };

    const [node = classic] = documents("KubeNodeConfig");
    const subnets = node.at("nodeIP", "validSubnets");
    if (subnets.items().length === 0) yield { at: subnets, message: "the node may take any address of the machine" };
    const { mounts: listed = [] } = KUBELET.of(settings);
    for (const mount of section.field("extraMounts").items()) {
      const source = mount.field("source");
      if (!listed.includes(source.text ?? ""))
        yield { at: source, message: `the kubelet sees ${source.text ?? "a path"} of the machine` };
    }
    const sysctls = extra.field("allowedUnsafeSysctls");
    for (const at of sysctls.items()) yield { at, message: "pods may change it for the whole machine" };
    const byArgs = flagIn(args, "allowed-unsafe-sysctls");
    if (byArgs !== undefined && byArgs.value !== "")
      yield { at: byArgs.at, message: "pods may change them for the whole machine" };
  },
});
