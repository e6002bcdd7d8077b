import { deployment, podSpec, container, secured } from "../../engine/library/examples";
import { selects } from "../../engine/exemptions";
import { securityContextsIn } from "../../engine/library/pod-remediation";
import { containerRule, podRule } from "../../engine/rule";
import type { View } from "../../engine/view";

/** Files of the node, and files of the container. */

/** A process that can write to one of these can start containers on the node, or read the secrets of every pod there. */
const SENSITIVE = [
  "/run/docker.sock",
  "/run/containerd",
  "/run/crio",
  "/run/cri-dockerd.sock",
  "/run/k3s/containerd",
  "/run/podman/podman.sock",
  "/run/dockershim.sock",
  "/var/lib/kubelet/pods",
];

const SOCKET = /(?:^|\/)(?:docker|containerd|crio|cri-dockerd|dockershim|podman|frakti)\.sock$/;

/** Whether a path of the node is a runtime socket, holds one, or holds the files of all pods. */
function reachesRuntime(path: string): boolean {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  // /var/run is a link to /run
  const clean = `/${parts.join("/")}`.replace(/^\/var\/run(?=\/|$)/, "/run");
  if (clean === "/" || clean === "/var" || SOCKET.test(clean)) return true;
  return SENSITIVE.some((each) => clean === each || each.startsWith(`${clean}/`) || clean.startsWith(`${each}/`));
}

export const runtimeSocket = podRule({
  id: "host-runtime-socket",
  group: "workload",
  title: "No container runtime socket",
  severity: "critical",
  references: ["C-0074", "CKV_K8S_27", "KSV-0006", "kyverno disallow-cri-sock-mount"],
  fix: "mount only the directory that is needed, never one that holds a runtime socket or the pods of the kubelet",
  docs: {
    why: "The socket of the container runtime obeys every process that can open it: it starts privileged containers and runs commands in any other. This holds even for workloads that are allowed host paths.",
    pass: deployment({ volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }] }),
    fail: deployment({ volumes: [{ name: "runtime", hostPath: { path: "/run/containerd/containerd.sock" } }] }),
  },
  *check({ spec }) {
    const message = "the path reaches the container runtime or the files of all pods of the node";
    for (const volume of spec.field("volumes").items()) {
      const path = volume.at("hostPath", "path");
      if (path.word !== undefined && reachesRuntime(path.word)) yield { at: path, message };
      for (const at of indirectPaths(volume)) if (SOCKET.test(at.text ?? "")) yield { at, message };
    }
  },
});

/** Paths in sources that are no hostPath but may end at one. */
function indirectPaths(volume: View): View[] {
  const attributes = volume
    .at("csi", "volumeAttributes")
    .entries()
    .map(([, value]) => value);
  const projected = volume
    .at("projected", "sources")
    .items()
    .flatMap((source) => {
      return ["secret", "configMap", "downwardAPI"].flatMap((name) => source.at(name, "items").items());
    });
  return [...attributes, ...projected.map((item) => item.field("path"))];
}

export const hostPathWritable = podRule({
  id: "host-path-writable",
  group: "workload",
  title: "Exempted hostPath is read-only",
  severity: "high",
  references: ["C-0045", "kyverno ensure-readonly-hostpath"],
  fix: "set readOnly: true on the mount, or `writable: true` in its exemption from pss-host-path",
  docs: {
    why: "An agent that was allowed to read files of the node seldom needs to write them. If it can write, a fault of the agent can change the node.",
    pass: deployment({
      volumes: [{ name: "logs", hostPath: { path: "/var/log" } }],
      containers: [container({ volumeMounts: [{ name: "logs", mountPath: "/logs", readOnly: true }] })],
    }),
    fail: deployment({
      volumes: [{ name: "logs", hostPath: { path: "/var/log" } }],
      containers: [container({ volumeMounts: [{ name: "logs", mountPath: "/logs" }] })],
    }),
  },
  *check({ spec, containers, target }, { exemptions }) {
    const volumes = spec
      .field("volumes")
      .items()
      .filter((volume) => volume.field("hostPath").present);
    if (volumes.length === 0) return;
    const names = volumes.map((volume) => volume.field("name").text);
    if (
      exemptions.some(
        (each) => each.rule === "pss-host-path" && each.writable === true && selects(each.selector, target),
      )
    ) {
      return;
    }
    for (const mount of containers.flatMap(({ view }) => view.field("volumeMounts").items())) {
      const name = mount.field("name").text;
      if (name === undefined || !names.includes(name)) continue;
      const readOnly = mount.field("readOnly");
      if (!readOnly.is(true)) yield { at: readOnly, message: "the container may write files of the node" };
    }
  },
});

export const rootFilesystem = containerRule({
  id: "rootfs-read-only",
  group: "workload",
  title: "Read-only root filesystem",
  severity: "medium",
  references: ["CIS 5.6.3", "NSA immutable file systems", "C-0017", "CKV_K8S_22"],
  fix: "set readOnlyRootFilesystem: true and mount an emptyDir where the program writes",
  docs: {
    why: "With a read-only root filesystem an attacker cannot store tools in the container, and the program cannot fill the disk of its node.",
    pass: deployment(podSpec()),
    fail: deployment({ containers: [secured({ readOnlyRootFilesystem: false })] }),
  },
  remediate(remediation) {
    for (const context of securityContextsIn(remediation)) context["readOnlyRootFilesystem"] = true;
  },
  *check({ security }) {
    const field = security.field("readOnlyRootFilesystem");
    if (!field.is(true)) yield { at: field, message: "the container may change its own files" };
  },
});
