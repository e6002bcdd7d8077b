import { PolicyPack } from "@pulumi/policy";
import { PACK, policiesOf } from "./pack";
import { RULES } from "../rules";

// starts the server the engine talks to: the only module of the pack that does anything when it is loaded
new PolicyPack(PACK, {
  displayName: "Firmament",
  description:
    "Pods, RBAC, networks, charts, tenants, virtual machines, Talos and state: what must hold before it is applied.",
  enforcementLevel: "mandatory",
  policies: policiesOf(RULES),
});
