import { container, deployment, secured } from "../../engine/library/examples";
import { containersIn } from "../../engine/library/pod-remediation";
import { elements, isFields } from "../../engine/remediation";
import { containerRule, podRule } from "../../engine/rule";
import { securityContexts } from "./pod-security";

export const hostNamespaces = podRule({
  id: "pss-host-namespaces",
  group: "workload",
  title: "No host namespaces",
  severity: "critical",
  profile: "baseline",
  references: [
    "PSS baseline",
    "CIS 5.2.3",
    "CIS 5.2.4",
    "CIS 5.2.5",
    "NSA pod security",
    "MTB PL1-BC-HI-3",
    "C-0038",
    "C-0041",
  ],
  fix: "remove it, or run the workload in a namespace of the platform with an exemption",
  docs: {
    why: "A pod in the network, process or IPC namespace of its node sees the traffic, the processes and the memory of everything else on that node. Network policies do not apply to it.",
    pass: deployment(),
    fail: deployment({ hostNetwork: true }),
  },
  *check({ spec }) {
    for (const name of ["hostNetwork", "hostPID", "hostIPC"]) {
      const field = spec.field(name);
      if (field.on) yield { at: field, message: `${name} opens a namespace of the node to the pod` };
    }
  },
});

export const privileged = containerRule({
  id: "pss-privileged",
  group: "workload",
  title: "No privileged container",
  severity: "critical",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.2.2", "NSA pod security", "MTB PL1-BC-CPI-5", "C-0057", "CKV_K8S_16", "KSV-0017"],
  fix: "remove privileged; add the single capability it needs where that is allowed",
  docs: {
    why: "A privileged container has every capability and every device of its node: it is root there, and with it in every other pod of that node.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ privileged: true })] }),
  },
  remediate(remediation) {
    for (const { securityContext } of containersIn(remediation))
      if (isFields(securityContext)) delete securityContext["privileged"];
  },
  *check({ security }) {
    const field = security.field("privileged");
    if (field.on) yield { at: field, message: "a privileged container is root on its node" };
  },
});

export const hostPath = podRule({
  id: "pss-host-path",
  group: "workload",
  title: "No hostPath volume",
  severity: "critical",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.2.11", "NSA pod security", "MTB PL1-BC-HI-1", "C-0048"],
  fix: "use a PersistentVolumeClaim, a ConfigMap or an emptyDir",
  docs: {
    why: "A hostPath volume gives the pod files of its node: credentials of the kubelet, sockets, data of other pods. A process that can write there can control the node.",
    pass: deployment({ volumes: [{ name: "data", emptyDir: { sizeLimit: "1Gi" } }] }),
    fail: deployment({ volumes: [{ name: "data", hostPath: { path: "/srv/data" } }] }),
  },
  *check({ spec }) {
    for (const volume of spec.field("volumes").items()) {
      const source = volume.field("hostPath");
      if (source.present) yield { at: source, message: "a hostPath volume opens files of the node to the pod" };
    }
  },
});

export const hostPorts = containerRule({
  id: "pss-host-ports",
  group: "workload",
  title: "No host port",
  severity: "high",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.2.12", "MTB PL1-BC-HI-3"],
  fix: "remove hostPort and reach the pod through a Service",
  docs: {
    why: "A host port is open on the address of the node, where network policies do not guard it, and keeps other pods that want the port off that node.",
    pass: deployment({ containers: [container({ ports: [{ containerPort: 8080 }] })] }),
    fail: deployment({ containers: [container({ ports: [{ containerPort: 8080, hostPort: 8080 }] })] }),
  },
  remediate(remediation) {
    for (const port of containersIn(remediation).flatMap((each) => elements(each, "ports"))) delete port["hostPort"];
  },
  *check({ view }) {
    for (const port of view.field("ports").items()) {
      const field = port.field("hostPort");
      if (field.on && !field.is(0)) yield { at: field, message: "a host port is open on the node's own address" };
    }
  },
});

export const windowsHostProcess = podRule({
  id: "pss-windows-host-process",
  group: "workload",
  title: "No Windows HostProcess",
  severity: "critical",
  profile: "baseline",
  references: ["PSS baseline", "CIS 5.2.10"],
  fix: "remove hostProcess",
  docs: {
    why: "A HostProcess container runs on the Windows node itself, with its accounts, files and network.",
    pass: deployment(),
    fail: deployment({ containers: [secured({ windowsOptions: { hostProcess: true } })] }),
  },
  *check(pod) {
    for (const context of securityContexts(pod)) {
      const field = context.at("windowsOptions", "hostProcess");
      if (field.on) yield { at: field, message: "the container runs on the Windows node itself" };
    }
  },
});

/** First version of the standards that knows the rule. */
const HOST_PROBES_FROM = 34;

export const hostProbes = containerRule({
  id: "pss-host-probes",
  group: "workload",
  title: "No probe or lifecycle hook aimed at another host",
  severity: "medium",
  profile: "baseline",
  references: ["PSS baseline 1.34"],
  fix: "remove host: probes go to the pod by themselves",
  docs: {
    why: "Probes and hooks are sent by the kubelet, from the network of the node. One aimed at another host makes the kubelet a proxy into networks the pod must not reach.",
    pass: deployment(),
    fail: deployment({ containers: [container({ livenessProbe: { tcpSocket: { host: "192.0.2.1", port: 22 } } })] }),
  },
  remediate(remediation) {
    for (const container of containersIn(remediation)) {
      const lifecycle = container["lifecycle"];
      const handlers = [
        ...["livenessProbe", "readinessProbe", "startupProbe"].map((name) => container[name]),
        ...(isFields(lifecycle) ? [lifecycle["postStart"], lifecycle["preStop"]] : []),
      ].filter(isFields);
      for (const action of handlers.flatMap((handler) => [handler["httpGet"], handler["tcpSocket"]]).filter(isFields)) {
        delete action["host"];
      }
    }
  },
  *check({ view }, _pod, { policyVersion }) {
    if (policyVersion < HOST_PROBES_FROM) return;
    const probes = ["livenessProbe", "readinessProbe", "startupProbe"].map((name) => view.field(name));
    const hooks = ["postStart", "preStop"].map((name) => view.at("lifecycle", name));
    for (const handler of [...probes, ...hooks]) {
      if (!handler.present) continue;
      for (const action of ["httpGet", "tcpSocket"]) {
        const host = handler.at(action, "host");
        if (host.present && !host.is(""))
          yield { at: host, message: "the kubelet would send the request to that host" };
      }
    }
  },
});
