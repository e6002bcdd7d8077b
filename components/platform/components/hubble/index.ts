import { waitForCondition } from "../../../kubernetes/wait";
import { Certificate } from "../../apis/certificates";
import { OBJECTS } from "../../capabilities";
import { component, type PlannedObject } from "../../component";
import { AGENTS, FLOW_CERTIFICATES } from "../../apis/network-agents";

/** Port of agents, on the machines, at which the relay asks for flows. */
const AGENT_PORT = 4244;

/** What agents and the relay show each other: upstream's names, by the cluster's name "default". */
const NAMES = {
  [FLOW_CERTIFICATES.agents]: "*.default.hubble-grpc.cilium.io",
  [FLOW_CERTIFICATES.relay]: "*.hubble-relay.cilium.io",
};

/** Has the agents of the network keep flows, and gives them and the relay that asks all of them certificates. */
export const hubble = component({
  name: "hubble",
  description: "Flow logs of the network (Hubble): which connections each machine let through and dropped, and why.",
  group: "networking",
  enabledByDefault: false,
  namespaces: { [AGENTS]: { podSecurity: "privileged", traffic: { machinePorts: [AGENT_PORT] } } },
  stages: [
    {
      stage: "flow-certificates",
      needs: ["flow-logs", "certificates"],
      objects: () => Object.entries(NAMES).map(([name, dnsName]) => certificate(name, dnsName)),
    },
  ],
});

function certificate(name: string, dnsName: string): PlannedObject {
  const object = Certificate({
    metadata: { name, namespace: AGENTS, annotations: waitForCondition("Ready") },
    spec: {
      commonName: dnsName,
      dnsNames: [dnsName],
      secretName: name,
      duration: "2160h",
      usages: ["digital signature", "key encipherment", "server auth", "client auth"],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name: OBJECTS.cloudIssuer, kind: "ClusterIssuer", group: "cert-manager.io" },
    },
  });
  return { resource: `${name}-certificate`, object };
}
