import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import { component } from "../../component";
import { AGENTS as NAMESPACE } from "../../apis/network-agents";
import { CNI_CONFIG_MAP, ciliumValues, cniChain } from "./values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const ConfigMap = kind<{ readonly metadata: ObjectMeta; readonly data: Readonly<Record<string, string>> }>(
  "v1",
  "ConfigMap",
);

/** Enforces network policies and serves Services, on top of the pod network of another. */
export const cilium = component({
  name: "cilium",
  description: "Network policies and Services, in the kernel of every node; replaces kube-proxy.",
  group: "networking",
  // its pods are on the network of the machines
  namespaces: { [NAMESPACE]: { podSecurity: "privileged" } },
  stages: [
    {
      stage: "cni-configuration",
      objects: (inputs) => [
        {
          resource: CNI_CONFIG_MAP,
          object: ConfigMap({
            metadata: { name: CNI_CONFIG_MAP, namespace: NAMESPACE },
            data: { "cni-config": JSON.stringify(cniChain(inputs), null, 2) },
          }),
        },
      ],
    },
    {
      chart: "cilium",
      namespace: NAMESPACE,
      after: ["cni-configuration"],
      provides: ["network-policies", "service-announcements", "flow-logs"],
      // its agents wait for the device of the pod network, which comes later: its CNI configuration comes second
      awaited: false,
      timeout: 600,
      values: ciliumValues,
      tenantPodNetwork: true,
      images: {
        "image.repository": "quay.io/cilium/cilium",
        "operator.image.repository": "quay.io/cilium/operator",
        "envoy.image.repository": "quay.io/cilium/cilium-envoy",
        "hubble.relay.image.repository": "quay.io/cilium/hubble-relay",
        "preflight.image.repository": "quay.io/cilium/cilium",
        "preflight.envoy.image.repository": "quay.io/cilium/cilium-envoy",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});
