import { UNKNOWN } from "../..";
import { container, deployment } from "../../engine/library/examples";
import { itJudges } from "../../../test/support/rule-cases";

const sysctl = (value: string) =>
  deployment({ securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value }] } });
const custom = (template: unknown) => ({
  apiVersion: "example.com/v1",
  kind: "Fleet",
  metadata: { name: "web", namespace: "shop" },
  spec: { template },
});
const privileged = [{ name: "web", securityContext: { privileged: true } }];
const withEnv = (name: string, value: string) => deployment({ containers: [container({ env: [{ name, value }] })] });
const asking = (resources: object) => deployment({ resources, containers: [container({ resources: undefined })] });

describe("rules about pods", () => {
  itJudges([
    ["pss-privileged", "a pod in a custom resource", custom({ spec: { containers: privileged } }), "violation"],
    ["pss-privileged", "one that only has others", custom({ spec: { ephemeralContainers: privileged } }), "violation"],
    [
      "pss-privileged",
      "one whose containers are not known yet",
      custom({ spec: { containers: UNKNOWN } }),
      "undecided",
    ],
    ["pss-privileged", "not some other template", custom({ spec: { containers: "3" } }), "pass"],
    [
      "sa-token-automount",
      "not what only takes containers away from a pod that is described elsewhere",
      custom({ spec: { initContainers: [{ name: "loader", $patch: "delete" }] } }),
      "pass",
    ],
    ["pss-privileged", "nor an unknown value", custom(UNKNOWN), "pass"],
    ["pss-sysctls", "the value of a safe one", sysctl("1"), "pass"],
    ["pss-sysctls", "a value that sets another", sysctl("1+kernel.core_pattern=|/bin/x #"), /sysctls\[0\]\.value$/],
    ["secret-env-plain", "a short token that is all of a header", withEnv("HEADER", "bearer abc123def"), "violation"],
    ["secret-env-plain", "words about one", withEnv("HEADER", "bearer tokens only, from 2024 on"), "pass"],
    ["resources-requests", "limits of the whole pod", asking({ limits: { cpu: "1", memory: "64Mi" } }), "pass"],
    ["resources-requests", "limits of one kind", asking({ limits: { cpu: "1" } }), /memory$/],
  ]);
});
