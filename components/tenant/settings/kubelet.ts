import { z } from "zod";
import { count } from "../../core/schema";
import { flags } from "../../kubernetes/settings/flags";
import { evictionHard, reserved } from "../../kubernetes/settings/kubelet";

/** Kubelets of a pool's nodes. */
export const kubelet = z
  .strictObject({
    maxPods: count(10, 250)
      .exactOptional()
      .describe("Pods of a node at most. A node has a /24 of the pod network. Default: 110."),
    systemReserved: reserved(
      "the system",
      "Cores and memory that are left out are a twentieth of the machine's, within 50m to 500m and 256Mi to 1Gi.",
    ).prefault({}),
    kubeReserved: reserved("Kubernetes", "Nothing, when it is left out.").exactOptional(),
    evictionHard: evictionHard.exactOptional(),
    extraArgs: flags("kubelets", "kubeadm"),
  })
  .meta({ title: "Kubelet" })
  .prefault({})
  .describe("Kubelets of its nodes. A change makes new machines.");
