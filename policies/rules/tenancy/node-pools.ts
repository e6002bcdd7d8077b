import { isKubeletsLabel } from "../../engine/library/node-labels";
import { parseImage } from "../../engine/library/images";
import { isInsideTenant } from "../../engine/library/tenants";
import type { MachineView } from "../../engine/machines";
import { objectRule, stackRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { parsePatchVersion } from "../../engine/versions";
import { machineDeployment } from "./examples";
import { CONFIGS, DEPLOYMENT, kubeletLabels, machineTemplateOf, registrationIn } from "./node-pool";
import { machineTemplate, nodeConfig, pool } from "./node-pool-examples";

/** Machines of tenants: what is deployed, and what their nodes will be. */

export const nodeLabels = objectRule({
  id: "capi-node-labels",
  group: "tenancy",
  title: "Node labels allowed",
  severity: "medium",
  references: ["NodeRestriction", "kubelet --node-labels"],
  kinds: CONFIGS,
  fix: "use a domain of your own, or put it into the machines' labels: Cluster API copies those of node-role.kubernetes.io and node-restriction.kubernetes.io to nodes",
  docs: {
    why: "A kubelet whose arguments give its node a label of a reserved domain does not start. The machine never becomes a node, and neither does the one that replaces it.",
    pass: nodeConfig({ labels: "example.com/purpose=burst" }),
    fail: nodeConfig({ labels: "node-role.kubernetes.io/worker=" }),
  },
  *check(target) {
    for (const { name, at } of kubeletLabels(registrationIn(target))) {
      if (!isKubeletsLabel(name)) yield { at, message: `a kubelet may not set ${name}` };
    }
  },
});

const WAIT_FOR = "pulumi.com/waitFor";

const registered = (annotations: object) => ({
  type: "kubernetes:cluster.x-k8s.io/v1beta2:MachineDeployment",
  name: "acme-small",
  props: machineDeployment({}, {}, { annotations }),
});

export const rolloutAwaited = objectRule({
  id: "capi-rollout-awaited",
  group: "tenancy",
  title: "Deployment waits for the roll",
  severity: "medium",
  references: ["pulumi-kubernetes waitFor", "Cluster API rollout"],
  kinds: [DEPLOYMENT],
  fix: `wait by annotation ${WAIT_FOR} for status.deprecated.v1beta1.updatedReplicas, or unavailableReplicas where an autoscaler decides their number`,
  docs: {
    why: "When a roll begins, the conditions of a MachineDeployment still describe the machines from before. A deployment that waits for nothing, or for those conditions, is done within a second and deletes the template that old machines need.",
    pass: registered({
      [WAIT_FOR]: '["condition=Available","jsonpath={.status.deprecated.v1beta1.updatedReplicas}=2"]',
    }),
    fail: registered({ [WAIT_FOR]: "condition=Available" }),
  },
  *check(target, settings) {
    const { resource, embedded, annotations } = target;
    // the provider waits for resources of the program, and for nothing else
    if (!resource.fromEngine || embedded || isInsideTenant(target, settings)) return;
    const skipped = annotations.field("pulumi.com/skipAwait");
    if (skipped.is("true")) yield { at: skipped, message: "the deployment waits for none of its machines" };
    const at = annotations.field(WAIT_FOR);
    if (!at.present) yield { at, message: "the deployment is done before its machines are replaced" };
    else if (!/\b(?:updated|unavailable)Replicas\b/.test(at.text ?? ""))
      yield { at, message: "what it waits for holds before the first machine is replaced" };
  },
});

export const imageVersion = stackRule({
  id: "capi-image-version",
  group: "tenancy",
  title: "Image has the machines' version",
  severity: "medium",
  references: ["Cluster API machine images"],
  types: [DEPLOYMENT, "infrastructure.cluster.x-k8s.io/KubevirtMachineTemplate"],
  fix: "give the machines the version that is in their image, or name the image of the version",
  docs: {
    why: "What is in the image is what runs. Machines that are given another version are all replaced, by machines with the same kubelet; the cluster then claims a version that no node has.",
    pass: { resources: [pool(), machineTemplate()] },
    fail: { resources: [pool(), machineTemplate({ image: "registry.example/node:v1.34.0" })] },
  },
  *check(stack) {
    for (const deployment of stack.of(DEPLOYMENT)) {
      const at = deployment.spec.at("template", "spec", "version");
      const wanted = parsePatchVersion(at.text);
      const machine = wanted === undefined ? undefined : machineTemplateOf(deployment, stack);
      for (const image of machine === undefined ? [] : imagesOf(machine)) {
        const text = (image.text ?? "").replace(/^docker:\/\//, "");
        const tag = /^v?1\.\d{1,3}\.\d{1,4}(?=$|[-_+.])/.exec(parseImage(text)?.tag ?? "")?.[0];
        const held = parsePatchVersion(tag);
        if (held === undefined || wanted === undefined) continue;
        if (held.minor !== wanted.minor || held.patch !== wanted.patch)
          yield { at, message: `the image of its machines has ${tag ?? ""}`, unless: [image] };
      }
    }
  },
});

/** Images that a machine boots from or that its disks are filled from. */
function imagesOf({ spec, machine }: MachineView): View[] {
  const volumes = spec.field("volumes").items();
  const templates = machine?.field("dataVolumeTemplates").items() ?? [];
  return [
    ...volumes.map((volume) => volume.at("containerDisk", "image")),
    ...templates.map((template) => template.at("spec", "source", "registry", "url")),
  ];
}
