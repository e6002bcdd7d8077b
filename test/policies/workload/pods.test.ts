import { container, deployment } from "../../../policies/examples";
import { itJudges } from "../../support/rule-cases";

const sysctl = (value: string) =>
  deployment({ securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value }] } });
const asking = (resources: object) => deployment({ resources, containers: [container({ resources: undefined })] });

describe("rules about pods", () => {
  itJudges([
    ["pss-sysctls", "the value of a safe one", sysctl("1"), "pass"],
    ["pss-sysctls", "a value that sets another", sysctl("1+kernel.core_pattern=|/bin/x #"), /sysctls\[0\]\.value$/],
    ["resources-requests", "limits of the whole pod", asking({ limits: { cpu: "1", memory: "64Mi" } }), "pass"],
    ["resources-requests", "limits of one kind", asking({ limits: { cpu: "1" } }), /memory$/],
  ]);
});
