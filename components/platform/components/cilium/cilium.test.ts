import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

const planned = plan();
const value = (path: string) => at(valuesOf(planned, "cilium"), path);

describe("cilium", () => {
  it("leaves routing to the pod network, and other CNI configurations alone", () => {
    assert.equal(value("cni.chainingMode"), "generic-veth");
    assert.equal(value("cni.exclusive"), false);
    assert.equal(value("kubeProxyReplacement"), true);
    assert.equal(value("enableIPv4Masquerade"), false);
  });

  it("needs nothing that Talos refuses: no kernel modules from pods", () => {
    const capabilities = value("securityContext.capabilities.ciliumAgent") as string[];
    assert.ok(capabilities.includes("NET_ADMIN") && !capabilities.includes("SYS_MODULE"));
  });

  it("is chained behind the pod network by a ConfigMap that its chart names", () => {
    const { metadata, data } = objectOf(planned, String(value("cni.configMap")));
    assert.equal(metadata.namespace, "cilium");
    const chain = JSON.parse((data as Record<string, string>)["cni-config"] ?? "") as { plugins: { type: string }[] };
    assert.deepEqual(
      chain.plugins.map(({ type }) => type),
      ["kube-ovn", "portmap", "cilium-cni"],
    );
  });

  it("takes its images from the mirror", () => {
    const mirrored = plan({ change: { mirror: { images: "registry.example/mirror" } } });
    assert.equal(at(valuesOf(mirrored, "cilium"), "image.repository"), "registry.example/mirror/cilium/cilium");
  });
});
