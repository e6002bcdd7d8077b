import * as assert from "node:assert/strict";
import { component } from "../../components/platform/component";
import { componentsPage } from "./components";
import { MARK } from "./markdown";

const balancer = component({
  name: "balancer",
  description: "Addresses of Services.",
  group: "networking",
  enabledByDefault: false,
  namespaces: { "balancer-system": { podSecurity: "privileged" } },
  stages: [
    {
      chart: "balancer",
      namespace: "balancer-system",
      needs: ["pod-network"],
      timeout: 60,
      images: { "image.repository": "registry.example/balancer" },
      exemptions: [
        {
          object: { kind: "DaemonSet", name: "speaker" },
          because: { "it answers ARP": ["pss-host-namespaces", "pss-host-ports"] },
        },
      ],
    },
    { stage: "pools", after: ["balancer"], needs: ["pod-network"], provides: ["load-balancer"], objects: () => [] },
  ],
  images: ["registry.example/helper"],
  exemptions: [
    { rule: "some-rule", selector: { kind: "Namespace", name: "balancer-system" }, reason: "why", tier: "development" },
  ],
});

describe("the page of components", () => {
  const written = componentsPage([balancer], {
    balancer: { version: "1.2.3", repository: "https://charts.example" },
  });

  it("is marked as generated and lists each component with what it gives and needs", () => {
    assert.ok(written.startsWith(`${MARK}\n`));
    assert.ok(written.includes("| [balancer](#balancer) | balancer 1.2.3 | `load-balancer` | `pod-network` | no |"));
  });

  it("says for each what it is, its namespaces, charts and images", () => {
    for (const line of [
      "## balancer\n\nAddresses of Services.",
      "| `balancer-system` | privileged |",
      "| `balancer` | 1.2.3 | https://charts.example |",
      "Images: `registry.example/balancer`, `registry.example/helper`.",
    ]) {
      assert.ok(written.includes(line), line);
    }
  });

  it("has every exemption with its reason", () => {
    for (const line of [
      "| DaemonSet `speaker` | `pss-host-namespaces`, `pss-host-ports` | it answers ARP |",
      "| Namespace `balancer-system`, in development | `some-rule` | why |",
    ]) {
      assert.ok(written.includes(line), line);
    }
  });

  it("says which component provides a capability, and where none does", () => {
    assert.match(written, /\| `load-balancer` \| [^|]+ \| balancer \|/);
    assert.match(written, /\| `certificates` \| [^|]+ \|  \|/);
  });

  it("does not hide that a chart is not pinned", () => {
    assert.ok(componentsPage([balancer], {}).includes("| `balancer` | not pinned |  |"));
  });
});
